import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import type { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { regroupIgnores } from './ignore-store.ts';
import { applyVexToPackages, hasStatements } from './apply-vex.ts';
import { policyRoutes } from './policy-routes.ts';
import type { TriageDeps } from './triage-deps.ts';
import { v1IgnoreRoutes } from './v1-ignore-routes.ts';
import { vexDocumentRoutes } from './vex-document-routes.ts';
import { vexExportRoutes } from './vex-export-routes.ts';
import { requestVex, vexJob } from './vex-job.ts';

export type Triage = {
  readonly routes: FastifyPluginAsync;
  /** Brings up to date what is known by ids of vulnerabilities; runs inside the transaction that changed advisories. */
  advisoriesChanged(changes: AdvisoryChanges, transaction: Kysely<Database>): Promise<void>;
  /** Judges findings by VEX that were just replaced; runs inside the transaction that did. */
  findingsReplaced(transaction: Kysely<Database>, packageIds: readonly number[]): Promise<void>;
  readonly jobs: readonly JobDefinition[];
};

/** What people and documents say about issues: ignores and VEX. */
export function createTriage(deps: TriageDeps): Triage {
  return {
    routes: async (app) => {
      await app.register(policyRoutes(deps));
      await app.register(vexDocumentRoutes(deps));
      await app.register(vexExportRoutes(deps));
      for (const prefix of ['/v1', '/api/v1']) await app.register(v1IgnoreRoutes(deps, prefix));
    },
    async advisoriesChanged({ vulnerabilities, spokenOf = [] }, transaction) {
      await regroupIgnores(transaction, vulnerabilities);
      const regrouped = (await hasStatements(transaction)) ? vulnerabilities : [];
      await requestVex(deps.jobs, [...new Set([...regrouped, ...spokenOf])], transaction);
    },
    findingsReplaced: applyVexToPackages,
    jobs: [vexJob(deps)],
  };
}
