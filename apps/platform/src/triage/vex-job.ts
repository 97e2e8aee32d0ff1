import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition, Jobs } from '../jobs/jobs.ts';
import { applyVexToVulnerabilities } from './apply-vex.ts';

const vexJobName = 'triage.apply-vex';

const VexJob = z.object({ vulnerabilities: z.array(z.string()) });

/** Has the findings of some vulnerabilities judged anew by VEX; enqueued in the transaction that changed statements. */
export async function requestVex(
  jobs: Jobs,
  vulnerabilities: readonly string[],
  transaction: Kysely<Database>,
): Promise<void> {
  if (vulnerabilities.length === 0) return;
  await jobs.send(vexJobName, { vulnerabilities: [...vulnerabilities] }, { transaction });
}

/** The job behind `requestVex`. */
export function vexJob(deps: {
  readonly db: Kysely<Database>;
  /** Returns when those who matched before now have written their findings. */
  readonly awaitFindings: () => Promise<void>;
  /** Told which packages have findings that may be judged otherwise. */
  readonly onPackagesChanged: (packageIds: readonly number[]) => Promise<void>;
}): JobDefinition<z.infer<typeof VexJob>> {
  return {
    name: vexJobName,
    data: VexJob,
    concurrency: 1,
    retries: 5,
    expireInSeconds: 3_600,
    async handle({ vulnerabilities }, signal) {
      await deps.awaitFindings();
      const packageIds = await applyVexToVulnerabilities(deps.db, vulnerabilities, signal);
      await deps.onPackagesChanged(packageIds);
    },
  };
}
