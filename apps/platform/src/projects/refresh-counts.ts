import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition, Jobs } from '../jobs/jobs.ts';
import { holdRules } from '../triage/ignore-store.ts';
import { PackageCounts } from './package-counts.ts';
import { triageCounts, type TriageCounts } from './triage-counts.ts';

/** Packages per job, and images per statement: small enough that no statement holds its locks for long. */
const chunk = { packages: 5_000, images: 1_000 } as const;

export const refreshJobName = 'projects.refresh-counts';

const RefreshJob = z.object({ packageIds: z.array(z.number().int()).max(chunk.packages) });

/** Counts the issues of the projects that show these images again. Images that nothing was matched for count none. */
export async function refreshCounts(
  db: Kysely<Database>,
  imageIds: readonly number[],
  signal?: AbortSignal,
  at = new Date(),
): Promise<void> {
  await countAgain(db, imagesOf(db, imageIds), at, signal);
}

type HeldPackages = { readonly id: number; readonly packageIds: readonly number[] };

async function countAgain(
  db: Kysely<Database>,
  chunks: AsyncIterable<readonly HeldPackages[]>,
  at: Date,
  signal?: AbortSignal,
): Promise<void> {
  const counts = new PackageCounts(db);
  // One chunk is written, and the one after it read, while one is counted.
  let writing = Promise.resolve();
  for await (const images of oneAhead(chunks)) {
    signal?.throwIfAborted();
    const counted = await counts.ofImages(images);
    await writing;
    writing = putCounts(
      db,
      images.map(({ id }) => id),
      counted,
      at,
    );
    writing.catch(() => {});
  }
  await writing;
}

/** Gives what another gives, while the next is on its way already. */
async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    next = iterator.next();
    next.catch(() => {});
    yield value;
  }
}

async function* imagesOf(db: Kysely<Database>, imageIds: readonly number[]): AsyncGenerator<HeldPackages[]> {
  for (let start = 0; start < imageIds.length; start += chunk.images) {
    yield await readHeld(db, imageIds.slice(start, start + chunk.images));
  }
}

/**
 * The images with one of these packages that a project shows. Few packages are looked up in the index; with many of them
 * most images have one, and reading all is faster than looking up most.
 */
async function* imagesWith(
  db: Kysely<Database>,
  packageIds: readonly number[],
): AsyncGenerator<HeldPackages[]> {
  if (packageIds.length <= maxLookedUp) {
    const { rows } = await sql<{ id: number }>`
      select id from image where package_ids && ${packageIds}::integer[]
        and exists (select from project where project.image_id = image.id)
      order by id`.execute(db);
    yield* imagesOf(
      db,
      rows.map(({ id }) => id),
    );
    return;
  }
  const changed = new Set(packageIds);
  for (let after = 0; ;) {
    const { rows } = await sql<{ id: number }>`
      select distinct image_id as id from project where image_id > ${after}
      order by image_id limit ${chunk.images}`.execute(db);
    const ids = rows.map(({ id }) => id);
    const last = ids.at(-1);
    if (last === undefined) return;
    after = last;
    const images = await readHeld(db, ids);
    yield images.filter((image) => image.packageIds.some((id) => changed.has(id)));
  }
}

const maxLookedUp = 100;

async function readHeld(db: Kysely<Database>, imageIds: readonly number[]): Promise<HeldPackages[]> {
  // Read as text: the driver's own way with arrays costs several times as much.
  const { rows } = await sql<{ id: number; package_ids: string }>`
    select id, package_ids::text from image where id = any(${imageIds}::integer[])`.execute(db);
  return rows.map(({ id, package_ids: text }) => ({ id, packageIds: integersOf(text) }));
}

/** The integers of an array as PostgreSQL writes it: `{1,2,3}`. */
function integersOf(text: string): number[] {
  const integers: number[] = [];
  let value = -1;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - zeroCode;
    if (digit >= 0 && digit <= 9) value = Math.max(value, 0) * 10 + digit;
    else if (value >= 0) {
      integers.push(value);
      value = -1;
    }
  }
  return integers;
}

const zeroCode = '0'.charCodeAt(0);

/** Writes what was counted of images, less what rules take out of it in each project. */
async function putCounts(
  db: Kysely<Database>,
  imageIds: readonly number[],
  counts: readonly Counts[],
  at: Date,
): Promise<void> {
  const write = async (transaction: Kysely<Database>) => {
    await holdRules(transaction);
    const triaged = await triageCounts(transaction, imageIds, at);
    await putImages(
      transaction,
      imageIds,
      counts,
      triaged.map(({ projectId }) => projectId),
    );
    if (triaged.length > 0) {
      const byImage = new Map(imageIds.map((id, index) => [id, counts[index] ?? {}]));
      await putTriaged(transaction, triaged, byImage);
    }
  };
  await (db.isTransaction ? write(db) : db.transaction().execute(write));
}

type Counts = Readonly<Record<string, number>>;

async function putImages(
  db: Kysely<Database>,
  imageIds: readonly number[],
  counts: readonly Counts[],
  exceptProjects: readonly string[],
): Promise<void> {
  await sql`
    update project set issue_counts = counted.counts, issue_ignored = null, issue_counts_at = now()
    from unnest(
      ${imageIds}::integer[],
      ${counts.map((one) => JSON.stringify(one))}::jsonb[]
    ) as counted(image_id, counts)
    where project.image_id = counted.image_id
      and (project.issue_counts is distinct from counted.counts or project.issue_ignored is not null)
      and project.id <> all(${exceptProjects}::uuid[])`.execute(db);
}

async function putTriaged(
  db: Kysely<Database>,
  triaged: readonly TriageCounts[],
  byImage: ReadonlyMap<number, Counts>,
): Promise<void> {
  const counts = triaged.map(({ imageId, ignored, notAffected }) => {
    const left: Record<string, number> = { ...byImage.get(imageId) };
    for (const { severity, count } of [...ignored, ...notAffected]) {
      left[severity] = (left[severity] ?? 0) - count;
    }
    for (const { count } of notAffected) left['hidden'] = (left['hidden'] ?? 0) + count;
    return Object.fromEntries(Object.entries(left).filter(([, count]) => count > 0));
  });
  await sql`
    update project set issue_counts = counted.counts, issue_ignored = counted.ignored, issue_counts_at = now()
    from unnest(
      ${triaged.map(({ projectId }) => projectId)}::uuid[],
      ${triaged.map(({ imageId }) => imageId)}::integer[],
      ${counts.map((one) => JSON.stringify(one))}::jsonb[],
      ${triaged.map(({ ignored }) => JSON.stringify(ignored))}::jsonb[]
    ) as counted(project_id, image_id, counts, ignored)
    where project.id = counted.project_id and project.image_id = counted.image_id
      and (project.issue_counts, project.issue_ignored) is distinct from (counted.counts, counted.ignored)`.execute(
    db,
  );
}

/** Has the counters of every project refreshed whose image holds one of these packages. */
export async function packagesChanged(jobs: Jobs, packageIds: readonly number[]): Promise<void> {
  for (let start = 0; start < packageIds.length; start += chunk.packages) {
    await jobs.send(refreshJobName, { packageIds: packageIds.slice(start, start + chunk.packages) });
  }
}

/** The job behind `packagesChanged`. */
export function refreshJob(db: Kysely<Database>): JobDefinition<z.infer<typeof RefreshJob>> {
  return {
    name: refreshJobName,
    data: RefreshJob,
    concurrency: 1,
    retries: 5,
    expireInSeconds: 3_600,
    async handle({ packageIds }, signal) {
      await countAgain(db, imagesWith(db, packageIds), new Date(), signal);
    },
  };
}
