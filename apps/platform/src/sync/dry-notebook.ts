import type { Candidate } from '@plimsoll/policy';
import type { KnownImage, KnownRegistry, KnownRepository } from './known-registry.ts';
import type { Notebook } from './notebook.ts';
import type { ObservedTag } from './observation-store.ts';
import { listingFailure } from './sync-run-resource.ts';

/** When a dry run looks, and the baseline that `ImportAllNew` has or would get. */
export type DryObserver = {
  readonly integrationId: string;
  readonly startedAt: Date;
  readonly baselineAt: Date | null;
};

/** What a dry run does with the tags of a repository as a run would have observed them. */
export type DryReader = {
  readonly known: KnownRegistry;
  readonly knownImages: (repository: string) => Promise<ReadonlyMap<string, KnownImage>>;
  readonly take: (repository: string, candidates: readonly Candidate[], isComplete: boolean) => Promise<void>;
};

/**
 * The notebook of a dry run: it hands on what a run would have observed now, a repository at a time, and leaves no
 * trace. What it does with observations is what the statements of `observation-store.ts` do; a property test holds the
 * two together.
 */
export function dryNotebook(
  { known, knownImages, take }: DryReader,
  observer: DryObserver,
): Notebook & { readonly warnings: readonly string[] } {
  const catalogue = new Set<string>();
  const listed = new Set<string>();
  const open = new Map<string, Map<string, ObservedTag>>();
  const warnings: string[] = [];
  let tags = 0;

  function put(repository: string, seen: readonly ObservedTag[]): Map<string, ObservedTag> {
    const ofRepository = open.get(repository) ?? new Map<string, ObservedTag>();
    for (const tag of seen) ofRepository.set(tag.tag, tag);
    open.set(repository, ofRepository);
    return ofRepository;
  }

  /* oxlint-disable require-await -- a notebook is asynchronous, this one has little to wait for */
  return {
    integrationId: observer.integrationId,
    async putRepositories(repositories) {
      for (const repository of repositories) catalogue.add(repository);
    },
    async markCatalogued() {},
    unlistedRepositories: async () => [...catalogue].toSorted(),
    putObservations: async (repository, seen) => void put(repository, seen),
    async endRepository(repository, { tags: last, isComplete, error }) {
      if (error !== undefined) warnings.push(listingFailure(repository, error));
      const seen = put(repository, last);
      open.delete(repository);
      tags += seen.size;
      if (isComplete) listed.add(repository);
      const place = known.repositories.get(repository) ?? newRepository(known, observer, repository);
      const before = await knownImages(repository);
      const candidates = [...seen.values()].map((tag) =>
        candidateOf(tag, place, before.get(tag.tag), observer),
      );
      await take(repository, candidates, isComplete);
    },
    async completeRepositories(isCatalogueComplete) {
      const vanished = [...known.repositories.values()]
        .filter(({ repository, isMissed }) => isCatalogueComplete && isMissed && !catalogue.has(repository))
        .map(({ repository }) => repository);
      return new Set([...listed, ...vanished]);
    },
    countObserved: async () => ({ repositories: catalogue.size, tags }),
    async setProgress() {},
    async warn(more) {
      warnings.push(...more);
    },
    warnings,
  };
  /* oxlint-enable require-await */
}

function newRepository(
  { isCatalogued, cataloguedSince }: KnownRegistry,
  { baselineAt }: DryObserver,
  repository: string,
): KnownRepository {
  const isNew = baselineAt !== null && cataloguedSince !== null && cataloguedSince >= baselineAt;
  return {
    repository,
    isFirst: !isCatalogued,
    isListed: false,
    isMissed: false,
    baselineAt: isNew ? baselineAt : null,
  };
}

function candidateOf(
  { tag, digest, pushedAt }: ObservedTag,
  { repository, isFirst, isListed, baselineAt: listedIn }: KnownRepository,
  before: KnownImage | undefined,
  { startedAt, baselineAt }: DryObserver,
): Candidate {
  const told = before?.told ?? undefined;
  const isTold = told !== undefined && told.at >= startedAt;
  const isOther =
    before !== undefined && before.digest !== null && digest !== undefined && digest !== before.digest;
  const isMoved = isOther && !isTold;
  const kept = isMoved ? undefined : before;
  const isOld =
    baselineAt !== null &&
    listedIn?.getTime() !== baselineAt.getTime() &&
    (pushedAt === undefined || pushedAt <= baselineAt) &&
    !(kept?.told && kept.told.at >= baselineAt);
  const shownDigest = isMoved ? digest : (before?.digest ?? digest);
  const toldPushedAt = kept?.told?.pushedAt ?? undefined;
  const shownPushedAt = isOther && isTold ? toldPushedAt : (pushedAt ?? toldPushedAt);
  return {
    repository,
    tag,
    firstSeenAt: kept?.firstSeenAt ?? startedAt,
    inFirstListing: before ? (kept?.inFirstListing ?? false) : isFirst && !isListed,
    inBaseline: baselineAt !== null && (isOld || kept?.baselineAt?.getTime() === baselineAt.getTime()),
    ...(shownDigest != null && { digest: shownDigest }),
    ...(shownPushedAt && { pushedAt: shownPushedAt }),
  };
}
