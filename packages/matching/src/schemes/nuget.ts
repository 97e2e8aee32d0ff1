import type { Scheme } from './scheme.ts';
import { semver } from './semver.ts';

/** NuGet's order: SemVer with a fourth number, and without regard to case. */
export const nuget: Scheme = {
  id: 'nuget',
  compare: (a, b) => semver.compare(a.toLowerCase(), b.toLowerCase()),
  isReadable: (version) => semver.isReadable(version),
};
