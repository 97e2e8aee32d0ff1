import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { storable } from '../database/storable.ts';
import {
  completeRepositories,
  countObserved,
  markCatalogued,
  putLastObservations,
  putObservations,
  putRepositories,
  unlistedRepositories,
  type ObservedTag,
  type Observer,
} from './observation-store.ts';
import { addWarnings, setProgress, type RunProgress } from './sync-store.ts';

/** The last tags of a repository, and how its listing ended: completely, or with what went wrong. */
export type RepositoryEnd = {
  readonly tags: readonly ObservedTag[];
  readonly isComplete: boolean;
  readonly error?: string | undefined;
};

/** Where a listing is written down as it comes: the database of a run, or the memory of a dry run. */
export type Notebook = {
  readonly integrationId: string;
  putRepositories(repositories: readonly string[]): Promise<void>;
  /** The whole catalogue was listed. */
  markCatalogued(): Promise<void>;
  /** Repositories of the catalogue whose tags are still to be listed. */
  unlistedRepositories(): Promise<string[]>;
  putObservations(repository: string, tags: readonly ObservedTag[]): Promise<void>;
  /** No more tags of a repository come than these. */
  endRepository(repository: string, end: RepositoryEnd): Promise<void>;
  /** Notes what a person should know of the registry. */
  warn(warnings: readonly string[]): Promise<void>;
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
    async endRepository(repository, { tags, isComplete, error }) {
      if (isComplete) return await putLastObservations(db, observer, repository, tags);
      await putObservations(db, observer, repository, tags);
      if (error !== undefined) await noteError(db, observer.runId, repository, error);
    },
    warn: (warnings) => addWarnings(db, observer.runId, warnings),
    completeRepositories: (isComplete) => completeRepositories(db, observer, isComplete),
    countObserved: () => countObserved(db, observer),
    setProgress: (progress) => setProgress(db, observer.runId, progress),
  };
}

/** Most repositories whose errors a run keeps. */
const maxErrors = 1_000;

async function noteError(
  db: Kysely<Database>,
  runId: string,
  repository: string,
  error: string,
): Promise<void> {
  await sql`
    update sync_run set repository_errors = repository_errors || jsonb_build_object(${repository}::text, ${storable(error)}::text)
    where id = ${runId} and (select count(*) from jsonb_object_keys(repository_errors)) < ${maxErrors}`.execute(
    db,
  );
}
