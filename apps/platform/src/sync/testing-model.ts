import { partsOf, type PolicyComponent } from '@plimsoll/contracts';
import { evaluatePolicy, imageName, type Candidate } from '@plimsoll/policy';

type Seen = { digest: string; firstSeenAt: Date; inFirstListing: boolean; inBaseline: boolean };
type Repository = { seen: Map<string, Seen>; isListed: boolean; isListedSinceBaseline: boolean };

/** What one run finds: the tags of each repository, and those repositories that it cannot list. */
export type Find = {
  readonly registry: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly pushedAt: ReadonlyMap<string, Date>;
  readonly denied: string | undefined;
  readonly startedAt: Date;
};

/** What a sync must come to, in a few maps: the rules of platform-api.md A9 to A16 without a database or a crash. */
export function startModel() {
  const repositories = new Map<string, Repository>();
  const projects = new Map<string, string>();
  let rules: PolicyComponent = { type: 'ImportAll' };
  let deletes = false;
  let baselineAt: Date | undefined;
  let isCatalogued = false;
  let isCataloguedSinceBaseline = false;

  function look({ registry, pushedAt, denied, startedAt }: Find): Candidate[] {
    const candidates: Candidate[] = [];
    for (const [repository, tags] of registry) {
      const known = repositories.get(repository) ?? {
        seen: new Map<string, Seen>(),
        isListed: isCatalogued,
        isListedSinceBaseline: isCataloguedSinceBaseline,
      };
      repositories.set(repository, known);
      if (repository === denied) continue;
      for (const tag of known.seen.keys()) if (!tags.has(tag)) known.seen.delete(tag);
      for (const [tag, digest] of tags) {
        const before = known.seen.get(tag);
        const pushed = pushedAt.get(`${repository}:${tag}`);
        const isSame = before?.digest === digest;
        const isOld = baselineAt !== undefined && (pushed === undefined || pushed <= baselineAt);
        const seen = {
          digest,
          firstSeenAt: isSame ? before.firstSeenAt : startedAt,
          inFirstListing: isSame ? before.inFirstListing : before === undefined && !known.isListed,
          inBaseline: known.isListedSinceBaseline ? isSame && before.inBaseline : isOld,
        };
        known.seen.set(tag, seen);
        candidates.push({ repository, tag, ...seen, ...(pushed && { pushedAt: pushed }) });
      }
      known.isListed = true;
      known.isListedSinceBaseline = true;
    }
    isCatalogued = true;
    isCataloguedSinceBaseline = true;
    return candidates;
  }

  return {
    setPolicy(toRules: PolicyComponent, toDeletes: boolean, at: Date): void {
      rules = toRules;
      deletes = toDeletes;
      if (!hasImportAllNew(rules)) baselineAt = undefined;
      else if (baselineAt === undefined) {
        baselineAt = at;
        isCataloguedSinceBaseline = false;
        for (const known of repositories.values()) known.isListedSinceBaseline = false;
      }
    },
    /** One run whose deletions are meant. */
    run(find: Find): void {
      const verdicts = evaluatePolicy(rules, look(find), find.startedAt);
      for (const { candidate, admitted } of verdicts) {
        if (admitted) projects.set(imageName(candidate), candidate.digest ?? '');
      }
      const kept = new Set(
        verdicts.filter(({ admitted }) => admitted).map((one) => imageName(one.candidate)),
      );
      if (!deletes) return;
      for (const name of projects.keys()) {
        const [repository = ''] = name.split(':');
        if (repository !== find.denied && !kept.has(name)) projects.delete(name);
      }
    },
    /** `repository:tag` to digest. */
    projects: projects as ReadonlyMap<string, string>,
  };
}

function hasImportAllNew(component: PolicyComponent): boolean {
  return component.type === 'ImportAllNew' || partsOf(component).some(hasImportAllNew);
}
