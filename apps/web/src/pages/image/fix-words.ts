import type { Issue } from '@plimsoll/contracts';

const noVersion = {
  fixed: 'Fixed',
  'no-fix': 'No fix yet',
  subscription: 'With a subscription',
  'will-not-fix': 'Will not be fixed',
  remove: 'Remove the package',
} as const satisfies Record<Issue['attributes']['coordinates'][number]['fix_state'], string>;

/** What to do about an issue: the version to go to, or why there is none. */
export function fixWords(issue: Issue): { text: string; isVersion: boolean } {
  const coordinates = issue.attributes.coordinates;
  const versions = [...new Set(coordinates.flatMap(({ fixed_in }) => fixed_in ?? []))];
  if (versions.length > 0) return { text: versions.join(', '), isVersion: true };
  return { text: noVersion[coordinates[0]?.fix_state ?? 'no-fix'], isVersion: false };
}
