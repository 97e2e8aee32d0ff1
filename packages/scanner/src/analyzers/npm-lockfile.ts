import type { PackageFact } from '../layers/layer-facts.ts';
import { isWord } from './analyzer.ts';

/** npm itself stops nesting long before; a hostile file must not exhaust the stack. */
const maxDepth = 100;

/**
 * Lists what a lockfile declares, each name and version once: `packages` of versions 2 and 3, else the tree of
 * `dependencies` of version 1. Left out are the project itself, its workspaces, development dependencies, and
 * packages from git, files or plain URLs, which no registry version identifies.
 */
export function readNpmLockfile(document: unknown): { packages: PackageFact[]; isDeep: boolean } {
  if (document === null || typeof document !== 'object') throw new Error('The lockfile is no JSON object');
  const { packages, dependencies } = record(document);
  const declared = new Map<string, PackageFact>();
  const add = (name: unknown, version: unknown) => {
    if (!isWord(name) || !isWord(version) || !/^\d/.test(version)) return;
    declared.set(`${name}@${version}`, { type: 'npm', name, version, evidence: 'declared' });
  };
  const isWhole =
    packages === undefined ? readTree(dependencies, add, 0) : (readPackages(packages, add), true);
  return { packages: [...declared.values()], isDeep: !isWhole };
}

type Add = (name: unknown, version: unknown) => void;

/** Keys are places, `node_modules/a/node_modules/@b/c`; an alias has its real name in `name`. */
function readPackages(packages: unknown, add: Add): void {
  for (const [place, value] of Object.entries(record(packages))) {
    const at = place.lastIndexOf('node_modules/');
    const { name, version, dev, link } = record(value);
    if (at >= 0 && dev !== true && link !== true) add(name ?? place.slice(at + 13), version);
  }
}

function readTree(dependencies: unknown, add: Add, depth: number): boolean {
  if (depth > maxDepth) return false;
  let isWhole = true;
  for (const [name, value] of Object.entries(record(dependencies))) {
    const { version, dev, dependencies: below } = record(value);
    // `"version": "npm:real-name@1.2.3"` is an alias.
    const alias = /^npm:(.+)@([^@]+)$/.exec(typeof version === 'string' ? version : '');
    if (dev !== true) add(alias?.[1] ?? name, alias?.[2] ?? version);
    if (below !== undefined) isWhole = readTree(below, add, depth + 1) && isWhole;
  }
  return isWhole;
}

function record(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
}
