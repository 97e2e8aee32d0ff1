import { listingLimits, RepositoryName, type TagWithMetadata } from '@plimsoll/contracts';
import { askAgent, isAgentAnswer } from './ask-agent.ts';
import { mapConcurrently } from './map-concurrently.ts';
import type { Notebook } from './notebook.ts';
import type { ObservedTag } from './observation-store.ts';
import type { SyncDeps } from './sync-deps.ts';
import type { RunProgress } from './sync-store.ts';

/** Repositories whose tags are listed at a time: enough to hide the way to the agent, gentle to the registry. */
const repositoriesAtATime = 4;

/** Digests asked for at a time, in each of those repositories. */
const digestsAtATime = 4;

/** How often a listing tells how far it is, milliseconds. */
const progressMs = 1_000;

/** Most pages of one listing: a registry that never says "last page" must not keep us for ever. */
const maxPages = 10_000;

/** What a run knows after listing. */
export type Listing = {
  /** Whether the catalogue and the tags of every repository in it were listed without an error. */
  readonly isComplete: boolean;
  /** Repositories about whose tags everything is known. */
  readonly completeRepositories: ReadonlySet<string>;
  readonly progress: RunProgress;
};

/**
 * Lists repositories and tags, and writes them down as they come. Repositories that the notebook holds already, from a
 * pass that ended early, are not listed again.
 * @throws {AgentCallError} when the agent cannot be reached, or cannot list repositories at all.
 */
export async function listRegistry(
  { agentClient }: Pick<SyncDeps, 'agentClient'>,
  notebook: Notebook,
  signal: AbortSignal,
): Promise<Listing> {
  const lister = { agentClient, notebook };
  const isCatalogueComplete = await listCatalogue(lister, signal);

  const unlisted = await notebook.unlistedRepositories();
  const progress = { ...(await notebook.countObserved()) };
  await notebook.setProgress(progress);
  let toldAt = performance.now();
  const listed = await mapConcurrently(unlisted, repositoriesAtATime, async (repository) => {
    const result = await listTags(lister, repository, signal);
    progress.tags += result.tags;
    if (performance.now() - toldAt >= progressMs) {
      toldAt = performance.now();
      await notebook.setProgress(progress);
    }
    return result.isComplete;
  });
  // Counted again: tags that an earlier pass had seen of a repository it did not finish are in the sum twice.
  const observed = await notebook.countObserved();
  await notebook.setProgress(observed);
  return {
    isComplete: isCatalogueComplete && listed.every(Boolean),
    completeRepositories: await notebook.completeRepositories(isCatalogueComplete),
    progress: observed,
  };
}

type Lister = { readonly agentClient: SyncDeps['agentClient']; readonly notebook: Notebook };

async function listCatalogue({ agentClient, notebook }: Lister, signal: AbortSignal): Promise<boolean> {
  let isComplete = true;
  const pages = eachPage((query) =>
    askAgent(() => agentClient.call('listRepositories', notebook.integrationId, { query }, signal), signal),
  );
  for await (const page of pages) {
    const names = page.repositories.map(({ name }) => name);
    const [askable, odd] = [names.filter(isRepositoryName), names.filter((name) => !isRepositoryName(name))];
    await notebook.putRepositories(askable);
    isComplete &&= page.complete;
    await notebook.warn([
      ...page.warnings,
      ...odd.map((name) => `${name} is not a repository name; it is left out.`),
    ]);
  }
  if (isComplete) await notebook.markCatalogued();
  return isComplete;
}

/** A registry may list anything; what is no name by the distribution-spec cannot be asked for. */
function isRepositoryName(name: string): boolean {
  return RepositoryName.safeParse(name).success;
}

type ListedRepository = { readonly isComplete: boolean; readonly tags: number };

/** Lists the tags of one repository. What goes wrong there is noted, and no reason to leave the others. */
async function listTags(lister: Lister, repository: string, signal: AbortSignal): Promise<ListedRepository> {
  const { agentClient, notebook } = lister;
  const warnings: string[] = [];
  let isComplete = true;
  let tags = 0;
  /** Tags of the last page, noted together with the end. */
  let last: ObservedTag[] = [];
  let failure: string | undefined;
  try {
    const pages = eachPage((query) =>
      askAgent(
        () => agentClient.call('listTagsWithMetadata', notebook.integrationId, { repository, query }, signal),
        signal,
      ),
    );
    for await (const page of pages) {
      const observed = await mapConcurrently(page.tags, digestsAtATime, (tag) =>
        observe(lister, repository, tag, warnings, signal),
      );
      if (last.length > 0) await notebook.putObservations(repository, last);
      last = observed.filter((tag) => tag !== undefined);
      tags += last.length;
      isComplete &&= page.complete;
      warnings.push(...page.warnings.map((warning) => `${repository}: ${warning}`));
    }
  } catch (error) {
    if (!isAgentAnswer(error)) throw error;
    isComplete = false;
    failure = error.message;
  }
  if (warnings.length > 0) await notebook.warn(warnings);
  await notebook.endRepository(repository, { tags: last, isComplete, error: failure });
  return { isComplete, tags };
}

/** Completes what the listing told of a tag; undefined when the tag has gone meanwhile. */
async function observe(
  { agentClient, notebook: { integrationId } }: Lister,
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
