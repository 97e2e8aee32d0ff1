// `npm run quickstart`: runs on any Node from 18 on, brings the project's own Node, builds the page, starts everything.
// Plain JavaScript without dependencies, because nothing is installed yet when it starts.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { becomePlimsoll, ownNode, root } from './own-node.mjs';

const started = Date.now();

if (Number(process.versions.node.split('.')[0]) < 18) {
  fail(`Node ${process.versions.node} is too old: install Node 18 or newer.`);
}

once('node_modules/.plimsoll-installed', digest(['package.json', 'package-lock.json']), 'install', () => {
  // npm of Node 18 and newer; it prints what is wrong itself.
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
});
once(
  'apps/web/dist/.plimsoll-built',
  digest(files('apps/web').concat(files('packages/contracts'))),
  'page',
  () => {
    run(ownNode() ?? process.execPath, [
      'node_modules/vite/bin/vite.js',
      'build',
      'apps/web',
      '--logLevel',
      'error',
    ]);
  },
);

becomePlimsoll(['up', ...process.argv.slice(2)]);

/** Does a step unless its stamp says that it was done for the same input. */
function once(stamp, input, name, work) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === input) return;
  const at = Date.now();
  process.stdout.write(`  .. ${name}\n`);
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, input);
  process.stdout.write(`  ✔ ${name} (${((Date.now() - at) / 1000).toFixed(1)} s)\n`);
}

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.error) fail(`${command} could not be run: ${result.error.message}`);
  if (result.status !== 0)
    fail(
      `"${command} ${args.join(' ')}" failed after ${Math.round((Date.now() - started) / 1000)} s; see above.`,
    );
}

function files(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? files(path) : [path];
  });
}

function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths.sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
