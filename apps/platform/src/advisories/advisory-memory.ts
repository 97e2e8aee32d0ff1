import { hash } from 'node:crypto';
import { groupOf, type AdvisoryFacts, type AliasGroup, type Candidate } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { readGroups } from './alias-store.ts';
import { readCandidates, readFacts } from './rule-store.ts';

type Named = { readonly ecosystem: string; readonly name: string };

/** Names a key of rules in maps. */
export function keyName({ ecosystem, name }: Named): string {
  return `${ecosystem}\n${name}`;
}

function keyNamed(text: string): Named {
  const end = text.indexOf('\n');
  return { ecosystem: text.slice(0, end), name: text.slice(end + 1) };
}

/** Keeps what was read of the advisories until their revision rises. */
export class AdvisoryMemory {
  #view = new AdvisoryView(0);

  /** What is known at a revision. Who read an older one keeps it to himself. */
  at(revision: number): AdvisoryView {
    if (this.#view.revision === revision) return this.#view;
    const view = new AdvisoryView(revision);
    if (revision > this.#view.revision) this.#view = view;
    return view;
  }
}

/** Rules, groups and facts, of which only those are read that were not asked for before. */
export class AdvisoryView {
  readonly revision: number;
  readonly #candidates = new Remembered<Candidate[]>(maxRules, ({ length }) => length + 1);
  readonly #groups = new Remembered<AliasGroup>(maxEntries);
  readonly #facts = new Remembered<AdvisoryFacts | undefined>(maxEntries);
  readonly #digests = new Remembered<string>(maxEntries);

  constructor(revision: number) {
    this.revision = revision;
  }

  /** The rules about each of these keys, by `keyName`. */
  async candidates(db: Kysely<Database>, keys: readonly Named[]): Promise<Answers<readonly Candidate[]>> {
    return this.#candidates.get(keys.map(keyName), async (missing) => {
      const found = Map.groupBy(await readCandidates(db, missing.map(keyNamed)), keyName);
      return (name) => found.get(name) ?? [];
    });
  }

  /** The group of each of these ids; an id without aliases has one of its own. */
  groups(db: Kysely<Database>, ids: ReadonlySet<string>): Promise<Answers<AliasGroup>> {
    return this.#groups.get(ids, async (missing) => {
      const found = await readGroups(db, missing);
      return (id) => found.get(id) ?? groupOf([id]);
    });
  }

  /** Tells the ids of the group of each of these ids, and what is known by them, from any other. */
  digests(
    db: Kysely<Database>,
    groups: Answers<AliasGroup>,
    ids: ReadonlySet<string>,
  ): Promise<Answers<string>> {
    return this.#digests.get(ids, async (missing) => {
      const idsOf = (id: string) => groups.get(id)?.ids ?? [id];
      const facts = await this.facts(db, new Set(missing.flatMap(idsOf)));
      return (id) =>
        hash(
          'md5',
          idsOf(id)
            .map((other) => `${other}\n${digestOf(facts.get(other) ?? nothing)}\n`)
            .join(''),
        );
    });
  }

  /** The facts of those of these advisories that are stored. */
  facts(db: Kysely<Database>, ids: ReadonlySet<string>): Promise<Answers<AdvisoryFacts | undefined>> {
    return this.#facts.get(ids, async (missing) => {
      const found = await readFacts(db, missing);
      return (id) => found.get(id);
    });
  }
}

/** Facts of an advisory that is not stored. */
const nothing = {};

/** Tells rules and facts from others; remembered for as long as they are in memory, since many packages share them. */
export function digestOf(value: object): string {
  const known = digests.get(value);
  if (known !== undefined) return known;
  const digest = hash('md5', JSON.stringify(value), 'base64url');
  digests.set(value, digest);
  return digest;
}

const digests = new WeakMap<object, string>();

/** Answers for what was asked for; for anything else there may be one or not. */
export type Answers<T> = { get(name: string): T | undefined };

/** Rules kept in memory, a few hundred bytes each: those of many images' packages. */
const maxRules = 100_000;
/** Groups and facts kept, a few hundred bytes each. */
const maxEntries = 50_000;

/** A map that is filled on demand and starts anew when it weighs too much. */
class Remembered<T> {
  readonly #limit: number;
  readonly #weigh: (value: T) => number;
  #known = new Map<string, T>();
  #weight = 0;

  constructor(limit: number, weigh: (value: T) => number = () => 1) {
    this.#limit = limit;
    this.#weigh = weigh;
  }

  async get(
    names: Iterable<string>,
    read: (missing: string[]) => Promise<(name: string) => T>,
  ): Promise<Answers<T>> {
    const known = this.#known;
    const asked = [...names];
    const missing = [...new Set(asked.filter((name) => !known.has(name)))];
    if (missing.length === 0) return known;
    const valueOf = await read(missing);
    const found = new Map(missing.map((name) => [name, valueOf(name)]));
    for (const [name, value] of found) this.#keep(name, value);
    // Others may have started the memory anew meanwhile.
    if (this.#known === known) return known;
    for (const name of asked) if (!found.has(name)) found.set(name, known.get(name) as T);
    return found;
  }

  #keep(name: string, value: T): void {
    if (this.#weight >= this.#limit) {
      this.#known = new Map();
      this.#weight = 0;
    }
    // Who read it later may have seen a newer revision; what was told from the first must not change under it.
    if (this.#known.has(name)) return;
    this.#weight += this.#weigh(value);
    this.#known.set(name, value);
  }
}
