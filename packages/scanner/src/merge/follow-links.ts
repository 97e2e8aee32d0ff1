import type { Analyzer } from '../analyzers/analyzer.ts';
import type { LinkedPath } from '../layers/layer-facts.ts';
import { PathIndex } from '../layers/path-index.ts';
import type { PathTree } from '../layers/path-tree.ts';
import { normalPath } from '../layers/tar-walker.ts';
import type { MergedFile } from './merge-layers.ts';

/** Links followed per image. Real images have one or two; each costs a comparison per entry when read again. */
const maxLinks = 1_000;

/** Links followed on the way to one file, as in Linux (ELOOP). */
const maxHops = 40;

/** What symbolic links of the final tree lead to. */
export type FollowedLinks = {
  /** Places outside the known ones, so that they can be read. */
  readonly linked: readonly LinkedPath[];
  /** Known places that are links in a circle. */
  readonly circular: readonly string[];
};

/** Follows the symbolic links of the final tree from every place that an analyzer wants. */
export function followLinks(tree: PathTree<MergedFile>, analyzers: readonly Analyzer[]): FollowedLinks {
  const targets = new Map<string, string>();
  for (const [path, { facts }] of tree.entries()) {
    if (facts.link !== undefined) targets.set(path, facts.link);
  }
  if (targets.size === 0) return { linked: [], circular: [] };
  const index = new PathIndex(analyzers);
  const places = new Set(analyzers.flatMap((analyzer) => analyzer.places));
  const isWanted = (path: string) => index.find(path) !== undefined;
  const linkedFiles = [...targets.keys()].filter(isWanted).slice(0, maxLinks);
  const linked = new Map<string, string>();
  const circular: string[] = [];
  for (const as of new Set([...places, ...linkedFiles])) {
    const path = resolve(as, targets);
    if (path === undefined && targets.has(as)) circular.push(as);
    const isElsewhere = path !== undefined && path !== as && path !== '';
    if (isElsewhere && !isWanted(path) && !places.has(path)) linked.set(path, as);
  }
  return { linked: [...linked].slice(0, maxLinks).map(([path, as]) => ({ path, as })), circular };
}

/** Where a path ends up when all links that are known are followed; undefined for a circle. */
function resolve(path: string, targets: ReadonlyMap<string, string>): string | undefined {
  let at = path;
  let hops = 0;
  for (let start = 0; ;) {
    const slash = at.indexOf('/', start);
    const here = slash < 0 ? at : at.slice(0, slash);
    const target = targets.get(here);
    if (target === undefined) {
      if (slash < 0) return at;
      start = slash + 1;
      continue;
    }
    hops += 1;
    if (hops > maxHops) return undefined;
    const from = target.startsWith('/') ? '' : here.slice(0, here.lastIndexOf('/') + 1);
    at = normalPath(from + target + at.slice(here.length));
    start = 0;
  }
}
