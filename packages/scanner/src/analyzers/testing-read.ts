import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Analyzer } from './analyzer.ts';

/** For tests: shows a file to an analyzer. Answers its facts, the packages as `name version`, and the warnings. */
export function readFile(analyzer: Analyzer, path: string, bytes: Buffer | string) {
  const warnings: string[] = [];
  const facts = analyzer.read({
    path,
    bytes: Buffer.from(bytes),
    proves: (candidate) => candidate.endsWith('/package.json'),
    warn: (message) => warnings.push(message),
  });
  const names = facts.packages?.map(({ name, version }) => `${name} ${version}`);
  return { facts, names, warnings };
}

/** For tests: a file of the package's folder `data`. */
export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../data', name));
}
