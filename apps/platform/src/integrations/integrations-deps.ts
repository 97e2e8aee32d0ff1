import type { SyncRun } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { CheckCalls } from './check-connection.ts';

/** A broker client that is connected now. */
export type ConnectedBrokerClient = {
  readonly clientId: string;
  readonly version: string;
  readonly connectedAt: Date;
  readonly slots?: { readonly total: number } | undefined;
};

/** What the integrations module needs of the others. */
export type IntegrationsDeps = {
  readonly db: Kysely<Database>;
  readonly now: () => Date;
  readonly agents: CheckCalls;
  readonly clientsOf: (integrationId: string) => Promise<readonly ConnectedBrokerClient[]>;
  /** Closes the tunnels of an integration, or those that one token opened. */
  readonly disconnect: (integrationOrTokenId: string) => Promise<unknown>;
  /** Has the tunnels end that a token opened which another has replaced; what is under way in them may finish. */
  readonly retire: (tokenId: string) => Promise<unknown>;
  /** Checks again whether the tunnels that a token opened may stay. */
  readonly recheck: (tokenId: string) => Promise<unknown>;
  /** Whether a broker client is connected with this token. */
  readonly isTokenUsed: (tokenId: string) => Promise<boolean>;
  /** Starts a sync run soon, in the transaction, unless one is under way. */
  readonly requestRun: (integrationId: string, transaction: Kysely<Database>) => Promise<unknown>;
  /** The newest sync run of each of these integrations. */
  readonly latestRuns: (integrationIds: readonly string[]) => Promise<ReadonlyMap<string, LatestRun>>;
};

export type LatestRun = {
  readonly id: string;
  readonly status: SyncRun['attributes']['status'];
  readonly finishedAt: Date | undefined;
};
