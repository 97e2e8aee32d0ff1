import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { auditRoutes } from './audit-routes.ts';
import { removeEntriesBefore } from './audit-store.ts';

const dayMs = 24 * 60 * 60 * 1000;

export type AuditDeps = {
  readonly db: Kysely<Database>;
  readonly now: () => Date;
  /** How long entries are kept, days. */
  readonly retentionDays: number;
};

export type Audit = { readonly routes: FastifyPluginAsync; readonly jobs: readonly JobDefinition[] };

/** The audit log: what was changed, by whom, when and from where. */
export function createAudit({ db, now, retentionDays }: AuditDeps): Audit {
  const forget: JobDefinition = {
    name: 'audit.forget',
    data: z.object({}),
    concurrency: 1,
    retries: 3,
    expireInSeconds: 3_600,
    cron: '41 3 * * *',
    handle: (_, signal) => removeEntriesBefore(db, new Date(now().getTime() - retentionDays * dayMs), signal),
  };
  return { routes: auditRoutes({ db, now }), jobs: [forget] };
}
