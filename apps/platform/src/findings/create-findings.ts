import type { Upgrade } from '@plimsoll/matching';
import type { Logger } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { AdvisoryChanges } from '../advisories/advisory-changes.ts';
import { AdvisoryMemory } from '../advisories/advisory-memory.ts';
import type { Database } from '../database/schema.ts';
import type { JobDefinition, Jobs } from '../jobs/jobs.ts';
import { adviseUpgrades } from './advise-upgrades.ts';
import { affectedBy, type AffectedBy } from './affected-by.ts';
import { eventRetentionDays, forgetEvents } from './forget-events.ts';
import { matchPackages, matchUnmatched, type Matcher } from './match-packages.ts';
import { prioritize } from './prioritize.ts';
import { rematch } from './rematch.ts';

export type FindingsDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly log: Logger;
  /** Told which packages have other findings than before, so that what counts them is brought up to date. */
  readonly onPackagesChanged: (packageIds: readonly number[]) => Promise<void>;
  readonly now?: () => Date;
  /** Told when findings of packages that were matched before have changed. */
  readonly onRematched?: () => Promise<void>;
  /** Judges the findings of packages that were just replaced, in the transaction that did. */
  readonly afterReplace?: Matcher['afterReplace'];
};

export type Findings = {
  /** Matches packages with the advisories; returns when their findings are stored. */
  matchPackages(packageIds: readonly number[], signal?: AbortSignal): Promise<void>;
  /** Has packages matched again that changed advisories concern; enqueued in the transaction that changes them. */
  requestRematch(changes: AdvisoryChanges, transaction: Kysely<Database>): Promise<void>;
  /** Which versions some advisories call affected, as far as they speak of a package. */
  affectedBy(packageId: number, advisoryIds: readonly string[]): Promise<AffectedBy[]>;
  /** Which packages of an image to upgrade; see `advise-upgrades.ts`. */
  adviseUpgrades: (...args: Tail<Parameters<typeof adviseUpgrades>>) => Promise<Upgrade[]>;
  readonly jobs: readonly JobDefinition[];
};

type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;

/** Keeps the findings of packages. */
export function createFindings(deps: FindingsDeps): Findings {
  const { db, jobs, log, onPackagesChanged, onRematched, afterReplace, now = () => new Date() } = deps;
  const matcher: Matcher = { db, memory: new AdvisoryMemory(), ...(afterReplace && { afterReplace }) };
  const tell = async (changed: readonly number[]) => {
    if (changed.length > 0) await onPackagesChanged(changed);
  };
  const tellOfRematch = async (changed: readonly number[]) => {
    await tell(changed);
    if (changed.length > 0) await onRematched?.();
  };
  return {
    async matchPackages(packageIds, signal) {
      await tell(await matchPackages(matcher, packageIds, signal));
    },
    async requestRematch(changes, transaction) {
      if (changes.isExploitationNew) await jobs.send(prioritizeName, {}, { transaction });
      if (changes.keys.length + changes.vulnerabilities.length === 0) return;
      await jobs.send(rematchName, changes, { transaction });
    },
    affectedBy: (packageId, advisoryIds) => affectedBy(db, packageId, advisoryIds),
    adviseUpgrades: (...args) => adviseUpgrades(matcher, ...args),
    jobs: [
      definition({
        name: rematchName,
        data: AdvisoryChanges,
        async handle(changes, signal) {
          const changed = await rematch(matcher, changes, signal);
          if (changed.length > 0) log.info({ packages: changed.length }, 'findings changed by advisories');
          await tellOfRematch(changed);
        },
      }),
      definition({
        name: prioritizeName,
        data: z.object({}),
        async handle(_data, signal) {
          log.info({ findings: await prioritize(db, signal) }, 'priorities changed');
        },
      }),
      definition({
        name: 'findings.forget-events',
        data: z.object({}),
        cron: '53 3 * * *',
        handle: (_data, signal) =>
          forgetEvents(db, new Date(now().getTime() - eventRetentionDays * 24 * 60 * 60 * 1000), signal),
      }),
      definition({
        name: 'findings.match-unmatched',
        data: z.object({}),
        // Finds nothing to do but after a release with other rules, or when a process died between two steps.
        cron: '*/10 * * * *',
        async handle(_data, signal) {
          await tellOfRematch(await matchUnmatched(matcher, signal));
        },
      }),
    ],
  };
}

const rematchName = 'findings.rematch';
const prioritizeName = 'findings.prioritize';
/** Matching 100,000 packages takes minutes; beyond that another process may try. */
const expireInSeconds = 30 * 60;

function definition<T>(
  job: Pick<JobDefinition<T>, 'name' | 'data' | 'handle'> & { cron?: string },
): JobDefinition {
  // One at a time: two at once would mostly wait for each other's packages.
  return { ...job, concurrency: 1, retries: 5, expireInSeconds };
}
