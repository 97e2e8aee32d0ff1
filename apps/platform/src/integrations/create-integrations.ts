import type { FastifyPluginAsync } from 'fastify';
import { brokerTokenRoutes } from './broker-token-routes.ts';
import { findBrokerToken, type BrokerTokenHolder } from './broker-token-store.ts';
import { integrationRoutes } from './integration-routes.ts';
import { integrationIds, markBrokerSeen, orgOfIntegration } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { cloneRoutes } from './clone-routes.ts';
import { policyRoutes } from './policy-routes.ts';
import { settingsRoutes, v1SettingsRoutes } from './settings-routes.ts';
import { v1IntegrationRoutes } from './v1-routes.ts';

/** Connected registries, their broker tokens and their import policies. */
export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const routes: FastifyPluginAsync = async (app) => {
    await app.register(integrationRoutes(deps));
    await app.register(brokerTokenRoutes(deps));
    await app.register(policyRoutes(deps));
    await app.register(settingsRoutes(deps));
    for (const prefix of ['/v1', '/api/v1']) {
      for (const older of [v1IntegrationRoutes, v1SettingsRoutes, cloneRoutes]) {
        await app.register(older(deps, prefix));
      }
    }
  };
  return {
    routes,
    findBrokerToken: (tokenHash) => findBrokerToken(deps.db, tokenHash),
    orgOf: (integrationId) => orgOfIntegration(deps.db, integrationId),
    idsOf: (orgIds) => integrationIds(deps.db, orgIds),
    markBrokerSeen: (integrationId) => markBrokerSeen(deps.db, integrationId, deps.now()),
  };
}

export type Integrations = {
  readonly routes: FastifyPluginAsync;
  /** What the broker token with this SHA-256 stands for; undefined when it is nobody's. */
  findBrokerToken(tokenHash: Buffer): Promise<BrokerTokenHolder | undefined>;
  /** The organization of an integration; undefined when there is no such integration. */
  orgOf(integrationId: string): Promise<string | undefined>;
  /** The integrations of these organizations. */
  idsOf(orgIds: readonly string[]): Promise<string[]>;
  /** Remembers that a broker client of this integration was there. */
  markBrokerSeen(integrationId: string): Promise<void>;
};
