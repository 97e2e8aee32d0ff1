import { listingLimits, RepositoryName, type TagWithMetadata } from '@plimsoll/contracts';
import { scheduledPolicy } from '../integrations/policy-schedule.ts';
import { askAgent, isAgentAnswer } from './ask-agent.ts';
import { mapConcurrently } from './map-concurrently.ts';
import {
  completeRepositories,
  countObserved,
  markCatalogued,
  markRepositoryListed,
  putObservations,
  putRepositories,
  unlistedRepositories,
  type ObservedTag,
  type Observer,
} from './observation-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import { setProgress, type RunProgress, type SyncRunRow } from './sync-store.ts';

/** Repositories whose tags are listed at a time: enough to hide the way to the agent, gentle to the registry. */
const repositoriesAtATime = 4;

/** Digests asked for at a time, in each of those repositories. */
const digestsAtATime = 4;

/** Most pages of one listing: a registry that never says "last page" must not keep us for ever. */
const maxPages = 10_000;

/** What a run knows after listing. */
export type Listing = {
  /** Whether the catalogue and the tags of every repository in it were listed without an error. */
  readonly isComplete: boolean;
  /** Repositories about whose tags everything is known. */
  readonly completeRepositories: ReadonlySet<string>;
  readonly warnings: readonly string[];
  readonly progress: RunProgress;
};

/**
 * Lists repositories and tags, and stores them as observations as they come. Repositories that this run has listed
 * before, in a pass that ended early, are not listed again.
 * @throws {AgentCallError} when the agent cannot be reached, or cannot list repositories at all.
 */
export async function listRegistry(deps: SyncDeps, run: SyncRunRow, signal: AbortSignal): Promise<Listing> {
  const { db } = deps;
  const observer = await observerOf(db, run);
  const warnings: string[] = [];
  const isCatalogueComplete = await listCatalogue(deps, observer, warnings, signal);

  const unlisted = await unlistedRepositories(db, observer);
  const progress = { ...(await countObserved(db, observer)) };
  await setProgress(db, run.id, progress);
  const listed = await mapConcurrently(unlisted, repositoriesAtATime, async (repository) => {
    const result = await listTags(deps, observer, repository, signal);
    warnings.push(...result.warnings);
    progress.tags += result.tags;
    await setProgress(db, run.id, progress);
    return result.isComplete;
  });
  // Counted again: tags that an earlier pass had seen of a repository it did not finish are in the sum twice.
  const observed = await countObserved(db, observer);
  await setProgress(db, run.id, observed);
  return {
    isComplete: isCatalogueComplete && listed.every(Boolean),
    completeRepositories: await completeRepositories(db, observer, isCatalogueComplete),
    warnings,
    progress: observed,
  };
}

async function observerOf(db: SyncDeps['db'], run: SyncRunRow): Promise<Observer> {
  const scheduled = await scheduledPolicy(db, run.integration_id);
  return {
    integrationId: run.integration_id,
    runId: run.id,
    startedAt: run.started_at,
    baselineAt: scheduled?.baselineAt && scheduled.baselineAt <= run.started_at ? scheduled.baselineAt : null,
  };
}

async function listCatalogue(
  { db, agentClient }: SyncDeps,
  observer: Observer,
  warnings: string[],
  signal: AbortSignal,
): Promise<boolean> {
  let isComplete = true;
  const pages = eachPage((query) =>
    askAgent(() => agentClient.call('listRepositories', observer.integrationId, { query }, signal), signal),
  );
  for await (const page of pages) {
    const names = page.repositories.map(({ name }) => name);
    const [askable, odd] = [names.filter(isRepositoryName), names.filter((name) => !isRepositoryName(name))];
    await putRepositories(db, observer, askable);
    isComplete &&= page.complete;
    warnings.push(
      ...page.warnings,
      ...odd.map((name) => `${name} is not a repository name; it is left out.`),
    );
  }
  if (isComplete) await markCatalogued(db, observer);
  return isComplete;
}

/** A registry may list anything; what is no name by the distribution-spec cannot be asked for. */
function isRepositoryName(name: string): boolean {
  return RepositoryName.safeParse(name).success;
}

type ListedRepository = {
  readonly isComplete: boolean;
  readonly tags: number;
  readonly warnings: readonly string[];
};

/** Lists the tags of one repository. What goes wrong there is a warning, and no reason to leave the others. */
async function listTags(
  deps: SyncDeps,
  observer: Observer,
  repository: string,
  signal: AbortSignal,
): Promise<ListedRepository> {
  const { db, agentClient } = deps;
  const warnings: string[] = [];
  let isComplete = true;
  let tags = 0;
  try {
    const pages = eachPage((query) =>
      askAgent(
        () => agentClient.call('listTagsWithMetadata', observer.integrationId, { repository, query }, signal),
        signal,
      ),
    );
    for await (const page of pages) {
      const observed = await mapConcurrently(page.tags, digestsAtATime, (tag) =>
        observe(deps, observer, repository, tag, warnings, signal),
      );
      const present = observed.filter((tag) => tag !== undefined);
      await putObservations(db, observer, repository, present);
      tags += present.length;
      isComplete &&= page.complete;
      warnings.push(...page.warnings.map((warning) => `${repository}: ${warning}`));
    }
  } catch (error) {
    if (!isAgentAnswer(error)) throw error;
    isComplete = false;
    warnings.push(`${repository}: its tags could not be listed: ${error.message}`);
  }
  if (isComplete) await markRepositoryListed(db, observer, repository);
  return { isComplete, tags, warnings };
}

/** Completes what the listing told of a tag; undefined when the tag has gone meanwhile. */
async function observe(
  { agentClient }: SyncDeps,
  { integrationId }: Observer,
  repository: string,
  { name: tag, digest, pushedAt, pushedAtKind }: TagWithMetadata,
  warnings: string[],
  signal: AbortSignal,
): Promise<ObservedTag | undefined> {
  const listed = { tag, pushedAt: pushedAt === undefined ? undefined : new Date(pushedAt), pushedAtKind };
  if (digest !== undefined) return { ...listed, digest };
  try {
    const query = { repository, reference: tag };
    const state = await askAgent(
      () => agentClient.call('stateIdentifier', integrationId, { query }, signal),
      signal,
    );
    return { ...listed, digest: state.digest };
  } catch (error) {
    if (!isAgentAnswer(error)) throw error;
    if (error.status === 404) return undefined;
    warnings.push(`${repository}:${tag}: its digest could not be learned: ${error.message}`);
    return { ...listed, digest: undefined };
  }
}

/** Follows the cursors of a listing to its end. */
async function* eachPage<P extends { readonly nextCursor?: string | undefined }>(
  ask: (query: { limit: number; cursor?: string }) => Promise<P>,
): AsyncIterable<P> {
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await ask({ limit: listingLimits.max, ...(cursor !== undefined && { cursor }) });
    yield page;
    if (page.nextCursor === undefined) return;
    cursor = page.nextCursor;
  }
  throw new Error(`a listing of the registry did not end within ${maxPages} pages`);
}
