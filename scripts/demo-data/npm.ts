import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { State } from './layer.ts';

/** Where the application lies in the image. */
const imageDir = 'srv/api';

/** Runs npm in a folder and reads the manifest, the lockfile and each installed package's own manifest. */
export function installNodePackages(dir: string, command: string[]): State {
  const options = '--ignore-scripts --no-audit --no-fund --save-exact --omit-lockfile-registry-resolved';
  execFileSync('npm', [...command, ...options.split(' ')], { cwd: dir });
  const state: Record<string, State[string]> = {};
  for (const name of ['package.json', 'package-lock.json', 'node_modules/.package-lock.json']) {
    state[`${imageDir}/${name}`] = { json: readJson(join(dir, name)) };
  }
  const pattern = 'node_modules/{*,@*/*}/{,**/node_modules/{*,@*/*}/}package.json';
  for (const path of globSync(pattern, { cwd: dir })) {
    const manifest = readJson(join(dir, path));
    if (manifest['name'] && manifest['version']) state[`${imageDir}/${path}`] = { json: facts(manifest) };
  }
  return state;
}

/** The fields of a package's manifest that say what it is; the rest is its author's text. */
function facts({ name, version, license, dependencies }: Record<string, unknown>): object {
  return { name, version, license, dependencies };
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
}
