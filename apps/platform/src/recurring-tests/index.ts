import { z } from 'zod';
import { orgOfIntegration } from '../integrations/integration-store.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { integrationsWithDueTests } from '../projects/recurring-store.ts';
import { testProjects, type RecurringTestsDeps } from './test-projects.ts';

export type { RecurringTestsDeps } from './test-projects.ts';

const jobNames = { tick: 'recurring-tests.tick', integration: 'recurring-tests.integration' } as const;

const IntegrationWork = z.object({ integrationId: z.uuid() });

/** Makes the recurring tests: each active project's tag is asked for daily or weekly. */
export function createRecurringTests(deps: RecurringTestsDeps): { readonly jobs: readonly JobDefinition[] } {
  return { jobs: [tickJob(deps), integrationJob(deps)] as JobDefinition[] };
}

function tickJob({ db, jobs }: RecurringTestsDeps): JobDefinition<Record<string, never>> {
  return {
    name: jobNames.tick,
    data: z.object({}),
    concurrency: 1,
    retries: 0,
    expireInSeconds: 240,
    cron: '*/5 * * * *',
    async handle() {
      for (const integrationId of await integrationsWithDueTests(db)) {
        await jobs.send(jobNames.integration, { integrationId }, { singletonKey: integrationId });
      }
    },
  };
}

function integrationJob(deps: RecurringTestsDeps): JobDefinition<z.infer<typeof IntegrationWork>> {
  return {
    name: jobNames.integration,
    data: IntegrationWork,
    concurrency: 4,
    // The tick asks again.
    retries: 0,
    expireInSeconds: 3_600,
    async handle({ integrationId }, signal) {
      const orgId = await orgOfIntegration(deps.db, integrationId);
      if (orgId !== undefined) await testProjects(deps, { orgId, integrationId }, signal);
    },
  };
}
