import { RepositoryName, TagName } from '@plimsoll/contracts';
import { inTransaction } from '../database/in-transaction.ts';
import { defaultPlatform } from './default-platform.ts';
import { requestScans } from './request-scans.ts';
import type { ScanDeps } from './scan-deps.ts';
import { wakeDispatch } from './scan-jobs.ts';

/** The name of an image to import cannot be read. */
export class ImageNameError extends Error {
  override readonly name = 'ImageNameError';
}

/**
 * Imports one image that a person names, `repository:tag`, whether or not a sync would, and reads it also when it
 * was read before.
 * @throws {ImageNameError} when the name is not `repository:tag`.
 */
export async function importByHand(
  { db, jobs, clearTombstone }: Pick<ScanDeps, 'db' | 'jobs' | 'clearTombstone'>,
  { orgId, integrationId }: { readonly orgId: string; readonly integrationId: string },
  name: string,
): Promise<{ projectId: string }> {
  const image = parseName(name);
  return await inTransaction(db, async (transaction) => {
    await clearTombstone(transaction, integrationId, image);
    const { projects } = await requestScans(
      transaction,
      { orgId, integrationId, source: 'manual', syncRunId: null },
      [{ ...image, digest: null, platform: defaultPlatform, pushedAt: null, firstSeenAt: new Date() }],
    );
    await wakeDispatch(jobs, integrationId, { transaction });
    const [project] = projects;
    if (!project) throw new Error(`no project was made for ${name}`);
    return { projectId: project.id };
  });
}

function parseName(name: string): { repository: string; tag: string } {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(name) ?? [];
  const parsed = { repository: RepositoryName.safeParse(repository), tag: TagName.safeParse(tag) };
  if (!parsed.repository.success || !parsed.tag.success) {
    throw new ImageNameError(`"${name.slice(0, 300)}" is not repository:tag`);
  }
  return { repository: parsed.repository.data, tag: parsed.tag.data };
}
