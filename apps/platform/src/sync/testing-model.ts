import { isDeepStrictEqual } from 'node:util';
import { partsOf, type PolicyComponent } from '@plimsoll/contracts';
import { evaluatePolicy, imageName, type Candidate } from '@plimsoll/policy';

type Seen = { digest: string; firstSeenAt: Date; inFirstListing: boolean; inBaseline: boolean };
type Repository = {
  seen: Map<string, Seen>;
  isListed: boolean;
  isListedSinceBaseline: boolean;
  /** Complete catalogues in a row that did not hold it. */
  missed: number;
};
type Project = { digest: string; isKept: boolean };

/** What one run finds. */
export type Find = {
  readonly registry: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly pushedAt: ReadonlyMap<string, Date>;
  /** Why the tags of a repository cannot be listed to their end: none can, or only so many. */
  readonly faults: ReadonlyMap<string, number>;
  readonly startedAt: Date;
};

/** What a run must come to. */
export type Outcome = {
  /** Images that are to have a project, or to be read again since their tag was moved: a run takes the newest, up to its limit. */
  readonly toDo: readonly Candidate[];
  readonly doomed: readonly string[];
  /** Many are to go although nobody changed the rules: none goes before a person says so. */
  readonly isHeld: boolean;
};

/** What a sync must come to, in a few maps: the rules of platform-api.md A9 to A17 without a database or a crash. */
export function startModel() {
  const repositories = new Map<string, Repository>();
  const projects = new Map<string, Project>();
  const tombstones = new Set<string>();
  let rules: PolicyComponent = { type: 'ImportAll' };
  let deletes = false;
  let baselineAt: Date | undefined;
  let isCatalogued = false;
  let isCataloguedSinceBaseline = false;
  /** The rules were changed after the last run began. */
  let isChanged = false;
  let pruned = new Map<string, Project>();
  let held: readonly string[] = [];

  function look({ registry, pushedAt, faults, startedAt }: Find): Candidate[] {
    const candidates: Candidate[] = [];
    for (const known of repositories.values()) known.missed += 1;
    for (const [repository, tags] of registry) {
      const known = repositories.get(repository) ?? {
        seen: new Map<string, Seen>(),
        isListed: isCatalogued,
        isListedSinceBaseline: isCataloguedSinceBaseline,
        missed: 0,
      };
      known.missed = 0;
      repositories.set(repository, known);
      const fault = faults.get(repository);
      if (fault === undefined) {
        for (const tag of known.seen.keys()) if (!tags.has(tag)) known.seen.delete(tag);
      }
      for (const [tag, digest] of [...tags].slice(0, fault)) {
        const before = known.seen.get(tag);
        const pushed = pushedAt.get(`${repository}:${tag}`);
        const isSame = before?.digest === digest;
        const isOld =
          baselineAt !== undefined &&
          !known.isListedSinceBaseline &&
          (pushed === undefined || pushed <= baselineAt);
        const seen = {
          digest,
          firstSeenAt: isSame ? before.firstSeenAt : startedAt,
          inFirstListing: isSame ? before.inFirstListing : before === undefined && !known.isListed,
          inBaseline: isOld || (isSame && before.inBaseline),
        };
        known.seen.set(tag, seen);
        candidates.push({ repository, tag, ...seen, ...(pushed && { pushedAt: pushed }) });
      }
      if (fault !== undefined) continue;
      known.isListed = true;
      known.isListedSinceBaseline = true;
    }
    isCatalogued = true;
    isCataloguedSinceBaseline = true;
    return candidates;
  }

  return {
    setPolicy(toRules: PolicyComponent, toDeletes: boolean, at: Date): void {
      isChanged ||= toDeletes !== deletes || !isDeepStrictEqual(toRules, rules);
      rules = toRules;
      deletes = toDeletes;
      if (!hasImportAllNew(rules)) baselineAt = undefined;
      else if (baselineAt === undefined) {
        baselineAt = at;
        isCataloguedSinceBaseline = false;
        for (const known of repositories.values()) {
          known.isListedSinceBaseline = false;
          for (const seen of known.seen.values()) seen.inBaseline = false;
        }
      }
    },
    /** One run; a cancelled one has listed, imported and pruned, but its scans are the next run's. */
    run(
      find: Find,
      choose: (toDo: readonly Candidate[]) => ReadonlySet<string> = namesOf,
      isCancelled = false,
    ): Outcome {
      const candidates = look(find);
      const verdicts = evaluatePolicy(rules, candidates, find.startedAt);
      const admitted = new Map(
        verdicts
          .filter((verdict) => verdict.admitted)
          .map(({ candidate }) => [imageName(candidate), candidate]),
      );
      const isComplete = (name: string) => {
        const repository = name.slice(0, name.lastIndexOf(':'));
        const missed = repositories.get(repository)?.missed ?? 0;
        return find.registry.has(repository) ? !find.faults.has(repository) : missed >= 2;
      };
      const doomed = !deletes
        ? []
        : [...projects]
            .filter(([name, { isKept }]) => !isKept && isComplete(name) && !admitted.has(name))
            .map(([name]) => name);
      const isHeld = !isChanged && (doomed.length > 500 || doomed.length > projects.size / 2);

      const toDo = [...admitted.values()].filter((one) => {
        const name = imageName(one);
        const project = projects.get(name);
        return project ? project.digest !== one.digest : !tombstones.has(name);
      });
      const done = choose(toDo);
      for (const [name, { digest = '' }] of admitted) {
        const project = projects.get(name);
        if (done.has(name)) projects.set(name, { digest, isKept: false });
        else if (project) projects.set(name, { ...project, isKept: false });
      }
      pruned = new Map();
      held = isHeld ? doomed : [];
      if (!isHeld) {
        for (const name of doomed) pruned.set(name, projects.get(name) ?? { digest: '', isKept: false });
        for (const name of doomed) projects.delete(name);
      }
      // Only a run that was completed has decided by the rules.
      isChanged &&= isCancelled;
      return { toDo, doomed, isHeld };
    },
    /** A person deletes a project. */
    deleteByHand(name: string): void {
      projects.delete(name);
      tombstones.add(name);
    },
    /** A person says that what the last run holds is to go. */
    confirm(): void {
      pruned = new Map();
      for (const name of held) {
        const project = projects.get(name);
        if (!project) continue;
        pruned.set(name, project);
        projects.delete(name);
      }
      held = [];
    },
    /** A person wants back what the last run deleted. */
    undo(): void {
      for (const [name, project] of pruned) projects.set(name, { ...project, isKept: true });
      pruned = new Map();
    },
    canUndo: () => pruned.size > 0,
    canConfirm: () => held.length > 0,
    /** `repository:tag` to digest. */
    projects: projects as ReadonlyMap<string, Project>,
  };
}

function namesOf(images: readonly Candidate[]): ReadonlySet<string> {
  return new Set(images.map(imageName));
}

function hasImportAllNew(component: PolicyComponent): boolean {
  return component.type === 'ImportAllNew' || partsOf(component).some(hasImportAllNew);
}
