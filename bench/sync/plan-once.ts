// A plan twice, in a process of its own: `node plan-once.ts DATABASE_URL INTEGRATION RUN`, prints a PlanFigures line.
import { connectDatabase } from '../../apps/platform/src/database/connect.ts';
import { planRun } from '../../apps/platform/src/sync/plan-run.ts';
import type { PolicyComponent } from '@plimsoll/contracts';

export type PlanFigures = {
  readonly observed: number;
  readonly toImport: number;
  /** The first plan of a process, which compiles its code on the way. */
  readonly firstSeconds: number;
  /** The next one: a platform runs for months. */
  readonly seconds: number;
  /** Highest resident memory of this process, bytes. */
  readonly peakRssBytes: number;
};

const rules: PolicyComponent = {
  type: 'Or',
  sub_policies: [
    { type: 'Regex', policy: { tag: '^(latest|prod.*)$' } },
    {
      type: 'And',
      sub_policies: [
        { type: 'Regex', policy: { repo: '^team-[0-9]+/', tag: String.raw`^v[0-9]+\.[0-9]+\.[0-9]+$` } },
        { type: 'LastNObserved', policy: { limitNewestImages: 5 } },
      ],
    },
  ],
};

const [databaseUrl = '', integrationId = '', runId = ''] = process.argv.slice(2);
const db = connectDatabase(databaseUrl);
const known = await db
  .selectFrom('sync_repository')
  .select('repository')
  .where('integration_id', '=', integrationId)
  .execute();

async function planOnce() {
  const start = performance.now();
  const plan = await planRun(
    db,
    {
      observer: { integrationId, runId },
      completeRepositories: new Set(known.map(({ repository }) => repository)),
      isInBaseline: () => false,
    },
    {
      policy: { name: 'bench', schedule_frequency_hours: 24, delete_images: true, import_policy: rules },
      isPolicyChanged: false,
      now: new Date(),
    },
    new AbortController().signal,
  );
  return {
    observed: plan.counts.observed,
    toImport: plan.toImport.length,
    seconds: (performance.now() - start) / 1000,
  };
}

const first = await planOnce();
const figures: PlanFigures = {
  ...(await planOnce()),
  firstSeconds: first.seconds,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
await db.destroy();
console.log(JSON.stringify(figures));
