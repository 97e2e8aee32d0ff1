import { imageTime, type Candidate } from './candidate.ts';

/**
 * Puts things newest first by their images: push time, then repository, then the higher semantic version, then the
 * tag (platform-api.md A12). The order never depends on the input. Images of unknown age come last.
 */
export function newestFirst<T>(things: readonly T[], imageOf: (thing: T) => Candidate): T[] {
  return things
    .map((thing) => entryOf(thing, imageOf(thing)))
    .toSorted(compareEntries)
    .map(({ thing }) => thing);
}

type Version = { readonly numbers: readonly number[]; readonly prerelease: readonly string[] };
/** `version` is read when the times tie only: undefined is not read yet, null is none. */
type Entry<T> = { thing: T; image: Candidate; time: number; version: Version | null | undefined };

function entryOf<T>(thing: T, image: Candidate): Entry<T> {
  return { thing, image, time: imageTime(image)?.getTime() ?? -Infinity, version: undefined };
}

function compareEntries(a: Entry<unknown>, b: Entry<unknown>): number {
  if (a.time !== b.time) return b.time - a.time;
  return (
    compareText(a.image.repository, b.image.repository) ||
    compareVersions(versionOf(b), versionOf(a)) ||
    compareText(b.image.tag, a.image.tag)
  );
}

function versionOf(entry: Entry<unknown>): Version | null {
  if (entry.version === undefined) entry.version = readVersion(entry.image.tag);
  return entry.version;
}

/** Reads `1.2.3-rc.1` of semver.org, with a leading `v` and with parts left out, as tags have it. */
function readVersion(tag: string): Version | null {
  const [, numbers, prerelease] =
    /^v?(\d+(?:\.\d+){0,2})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(tag) ?? [];
  if (numbers === undefined) return null;
  return { numbers: numbers.split('.').map(Number), prerelease: prerelease?.split('.') ?? [] };
}

/** Precedence by semver.org, section 11; a tag that is no version is below all versions. */
function compareVersions(a: Version | null, b: Version | null): number {
  if (!a || !b) return Number(a !== null) - Number(b !== null);
  for (const index of [0, 1, 2]) {
    const difference = (a.numbers[index] ?? 0) - (b.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Number(a.prerelease.length === 0) - Number(b.prerelease.length === 0);
  }
  for (let index = 0; index < Math.max(a.prerelease.length, b.prerelease.length); index += 1) {
    const difference = compareIdentifiers(a.prerelease[index], b.prerelease[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (isNumberA && isNumberB) return Number(a) - Number(b);
  if (isNumberA !== isNumberB) return Number(isNumberB) - Number(isNumberA);
  return compareText(a, b);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
