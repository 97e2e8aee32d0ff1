import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
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
import { setProgress, type RunProgress } from './sync-store.ts';

/** Where a listing is written down as it comes: the database of a run, or the memory of a dry run. */
export type Notebook = {
  readonly integrationId: string;
  putRepositories(repositories: readonly string[]): Promise<void>;
  /** The whole catalogue was listed. */
  markCatalogued(): Promise<void>;
  /** Repositories of the catalogue whose tags are still to be listed. */
  unlistedRepositories(): Promise<string[]>;
  putObservations(repository: string, tags: readonly ObservedTag[]): Promise<void>;
  /** No more tags of a repository come; with `isComplete` all were listed, without an error. */
  endRepository(repository: string, isComplete: boolean): Promise<void>;
  /** Repositories about whose tags everything is known: those listed completely, and vanished ones. */
  completeRepositories(isCatalogueComplete: boolean): Promise<Set<string>>;
  countObserved(): Promise<RunProgress>;
  setProgress(progress: RunProgress): Promise<void>;
};

/** The notebook of a run: what is in it stays, so that the run can go on there. */
export function runNotebook(db: Kysely<Database>, observer: Observer): Notebook {
  return {
    integrationId: observer.integrationId,
    putRepositories: (repositories) => putRepositories(db, observer, repositories),
    markCatalogued: () => markCatalogued(db, observer),
    unlistedRepositories: () => unlistedRepositories(db, observer),
    putObservations: (repository, tags) => putObservations(db, observer, repository, tags),
    endRepository: async (repository, isComplete) => {
      if (isComplete) await markRepositoryListed(db, observer, repository);
    },
    completeRepositories: (isComplete) => completeRepositories(db, observer, isComplete),
    countObserved: () => countObserved(db, observer),
    setProgress: (progress) => setProgress(db, observer.runId, progress),
  };
}
