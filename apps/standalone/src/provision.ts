import { randomBytes } from 'node:crypto';
import { exitCodes, wait } from '@plimsoll/runtime';
import { CommandError } from './command.ts';
import type { DataDirectory, RegistryState, State } from './data-directory.ts';
import { PlatformError, type PlatformClient } from './platform-client.ts';

/** Longest a broker client may take to connect after its start, milliseconds. */
const connectTimeoutMs = 30_000;

/** A key that the platform seals secrets with. */
export function newEncryptionKey(): string {
  return randomBytes(32).toString('base64url');
}

/** A state for the first start: a login with a random password. */
export function newState(): State {
  return {
    version: 1,
    admin: { email: 'admin@plimsoll.local', password: randomBytes(12).toString('base64url') },
    registries: [],
  };
}

/** Signs in and remembers the organization. */
export async function signIn(client: PlatformClient, state: State): Promise<string> {
  try {
    await client.signIn(state.admin.email, state.admin.password);
  } catch (error) {
    if (!(error instanceof PlatformError) || error.status !== 401) throw error;
    throw new CommandError(
      exitCodes.refused,
      `The login ${state.admin.email} with the remembered password was refused: the password was changed on the page.`,
      { cause: error },
    );
  }
  return client.orgId();
}

/** Makes the integration and the broker token of a registry where they are missing; answers with the integration's id. */
export async function provisionRegistry(
  client: PlatformClient,
  orgId: string,
  registry: RegistryState,
  remember: () => void,
): Promise<string> {
  if (registry.integrationId === undefined) {
    registry.integrationId = await client.createIntegration(orgId, registry.type, registry.name);
    remember();
  }
  if (registry.brokerToken === undefined) {
    registry.brokerToken = await client.createBrokerToken(orgId, registry.integrationId);
    remember();
  }
  return registry.integrationId;
}

/** Gives up a registry that could not be entered, so that the next try can correct what was wrong. */
export async function forgetRegistry(
  client: PlatformClient,
  orgId: string,
  registry: RegistryState,
  state: State,
  directory: DataDirectory,
): Promise<void> {
  if (registry.integrationId !== undefined) await client.deleteIntegration(orgId, registry.integrationId);
  state.registries = state.registries.filter((other) => other !== registry);
  directory.writeState(state);
}

/** Waits until the broker client of an integration is connected. */
export async function waitForBroker(
  client: PlatformClient,
  orgId: string,
  integrationId: string,
): Promise<void> {
  const deadline = Date.now() + connectTimeoutMs;
  for (;;) {
    const integration = await client.integration(orgId, integrationId);
    if ((integration.meta?.broker_clients.length ?? 0) > 0) return;
    if (Date.now() > deadline) {
      throw new CommandError(
        exitCodes.unavailable,
        `The broker client did not connect within ${connectTimeoutMs / 1000} s.`,
      );
    }
    await wait(100);
  }
}
