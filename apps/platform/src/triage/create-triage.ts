import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import type { Database } from '../database/schema.ts';
import { regroupIgnores } from './ignore-store.ts';
import { policyRoutes } from './policy-routes.ts';
import type { TriageDeps } from './triage-deps.ts';
import { v1IgnoreRoutes } from './v1-ignore-routes.ts';

export type Triage = {
  readonly routes: FastifyPluginAsync;
  /** Brings up to date what is known by ids of vulnerabilities; runs inside the transaction that changed advisories. */
  advisoriesChanged(changes: AdvisoryChanges, transaction: Kysely<Database>): Promise<void>;
};

/** What people and documents say about issues: ignores and VEX. */
export function createTriage(deps: TriageDeps): Triage {
  return {
    routes: async (app) => {
      await app.register(policyRoutes(deps));
      for (const prefix of ['/v1', '/api/v1']) await app.register(v1IgnoreRoutes(deps, prefix));
    },
    async advisoriesChanged({ vulnerabilities }, transaction) {
      await regroupIgnores(transaction, vulnerabilities);
    },
  };
}
