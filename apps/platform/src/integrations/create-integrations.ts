import type { FastifyPluginAsync } from 'fastify';
import { brokerTokenRoutes } from './broker-token-routes.ts';
import { verifyBrokerToken, type BrokerTokenHolder } from './broker-token-store.ts';
import { integrationRoutes } from './integration-routes.ts';
import { markBrokerSeen } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { policyRoutes } from './policy-routes.ts';
import { v1IntegrationRoutes } from './v1-routes.ts';

/** Connected registries, their broker tokens and their import policies. */
export function createIntegrations(deps: IntegrationsDeps): Integrations {
  const routes: FastifyPluginAsync = async (app) => {
    await app.register(integrationRoutes(deps));
    await app.register(brokerTokenRoutes(deps));
    await app.register(policyRoutes(deps));
    for (const prefix of ['/v1', '/api/v1']) await app.register(v1IntegrationRoutes(deps, prefix));
  };
  return {
    routes,
    verifyBrokerToken: (token) => verifyBrokerToken(deps.db, token),
    markBrokerSeen: (integrationId) => markBrokerSeen(deps.db, integrationId, deps.now()),
  };
}

export type Integrations = {
  readonly routes: FastifyPluginAsync;
  /** What a broker token stands for; undefined when it is nobody's. */
  verifyBrokerToken(token: string): Promise<BrokerTokenHolder | undefined>;
  /** Remembers that a broker client of this integration was there. */
  markBrokerSeen(integrationId: string): Promise<void>;
};
