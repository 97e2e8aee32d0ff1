import type { Project } from '@plimsoll/contracts';

/** Tags by the time of their push, or of their first sight where the registry tells no push, newest first; then by name. */
export function newestFirst(projects: readonly Project[]): Project[] {
  return projects.toSorted(
    (a, b) =>
      timeOf(b) - timeOf(a) ||
      b.attributes.target_reference.localeCompare(a.attributes.target_reference, 'en', { numeric: true }),
  );
}

function timeOf({ meta: { image } }: Project): number {
  return Date.parse(image.pushed_at ?? image.first_seen_at ?? '1970-01-01T00:00:00Z');
}
