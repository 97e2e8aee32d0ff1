import type { Analyzer } from './analyzer.ts';
import { apk } from './apk.ts';
import { dpkg } from './dpkg.ts';
import { npm } from './npm.ts';
import { osRelease } from './os-release.ts';
import { python } from './python.ts';
import { pythonLocks } from './python-locks.ts';

/** All analyzers. A path belongs to the first one that wants it. */
export const analyzers: readonly Analyzer[] = [osRelease, dpkg, apk, npm, python, pythonLocks];

/** Ids and versions of all analyzers: what an inventory tells of how it was made, and part of every cache key. */
export const analyzerVersions: Readonly<Record<string, number>> = Object.fromEntries(
  analyzers.map(({ id, version }) => [id, version]),
);
