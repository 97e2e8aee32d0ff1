import type { DemoContent, DemoLayer } from '@plimsoll/testkit';

/** The files of a root file system that a scan looks at, by path without a leading slash. */
export type State = Readonly<Record<string, DemoContent>>;

/** What changed from one state to the next. A directory of which nothing is left is removed as a whole. */
export function layerBetween(before: State, after: State): DemoLayer {
  const files = Object.fromEntries(
    Object.entries(after)
      .filter(([path, content]) => JSON.stringify(before[path]) !== JSON.stringify(content))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const kept = new Set(Object.keys(after).flatMap(ancestors));
  const gone = Object.keys(before).filter((path) => !(path in after));
  const removed = gone.map((path) => ancestors(path).find((ancestor) => !kept.has(ancestor)) ?? path);
  return { files, removed: [...new Set(removed)].sort() };
}

/** A path and the directories above it, shortest first. */
function ancestors(path: string): string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
