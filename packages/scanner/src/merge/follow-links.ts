import type { Analyzer } from '../analyzers/analyzer.ts';
import type { LinkedPath } from '../layers/layer-facts.ts';
import type { PathTree } from '../layers/path-tree.ts';
import { normalPath } from '../layers/tar-walker.ts';
import type { MergedFile } from './merge-layers.ts';

/** Links followed per image. Real images have one or two; each costs a comparison per entry when read again. */
const maxLinks = 1_000;

/** Links followed on the way to one file, as in Linux (ELOOP). */
const maxHops = 40;

/** Names the places outside the known ones that symbolic links of the final tree lead to, so that they can be read. */
export function followLinks(tree: PathTree<MergedFile>, analyzers: readonly Analyzer[]): LinkedPath[] {
  const linked = new Map<string, string>();
  const links = [...tree.entries()].filter(([, file]) => file.facts.link !== undefined);
  if (links.length === 0) return [];
  const linkedFiles = links
    .map(([path]) => path)
    .filter((path) => isWanted(path, analyzers))
    .slice(0, maxLinks);
  for (const as of [...analyzers.flatMap(({ places }) => places), ...linkedFiles]) {
    const path = resolve(as, tree);
    if (path !== undefined && path !== as && path !== '' && !isKnown(path, analyzers)) linked.set(path, as);
  }
  return [...linked].slice(0, maxLinks).map(([path, as]) => ({ path, as }));
}

function isWanted(path: string, analyzers: readonly Analyzer[]): boolean {
  return analyzers.some((analyzer) => analyzer.wants(path));
}

function isKnown(path: string, analyzers: readonly Analyzer[]): boolean {
  return isWanted(path, analyzers) || analyzers.some(({ places }) => places.includes(path));
}

/** Where a path ends up when all links that are known are followed; undefined for a circle. */
function resolve(path: string, tree: PathTree<MergedFile>): string | undefined {
  let rest = path.split('/');
  let done: string[] = [];
  for (let hops = 0; rest.length > 0;) {
    const [name = '', ...others] = rest;
    rest = others;
    const here = [...done, name].join('/');
    const target = tree.get(here)?.facts.link;
    if (target === undefined) {
      done.push(name);
      continue;
    }
    hops += 1;
    if (hops > maxHops) return undefined;
    const from = target.startsWith('/') ? '' : done.join('/');
    rest = [...normalPath(`${from}/${target}`).split('/'), ...rest].filter((segment) => segment !== '');
    done = [];
  }
  return done.join('/');
}
