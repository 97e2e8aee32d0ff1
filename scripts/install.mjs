// `node scripts/install.mjs`: installs the project's libraries, its own Node 24 included, on any Node from 18 on.
import { readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './own-node.mjs';
import { digest, fail, once, run } from './steps.mjs';

const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
// Tools included, also where NODE_ENV says production.
const clean = ['ci', '--include=dev', ...quietly];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 18) fail(`Node ${process.versions.node} is too old: install Node 18 or newer.`);

once('node_modules/.plimsoll-installed', digest(['package.json', 'package-lock.json']), 'install', () => {
  // As `engines` in package.json.
  if (major > 22 || (major === 22 && minor >= 18)) run('npm', clean);
  else installOnOwnNode();
});

/**
 * npm leaves out optional packages, compiled libraries among them, that do not fit the Node it runs on. So on an older
 * one it first fetches the project's Node into a folder of its own, and then runs on that.
 */
function installOnOwnNode() {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folder = join(root, '.node');
  run('npm', [
    'install',
    '--prefix',
    folder,
    '--no-save',
    '--no-package-lock',
    `node@${devDependencies.node}`,
    ...quietly,
  ]);
  const path = [join(folder, 'node_modules/node/bin'), process.env.PATH].join(delimiter);
  run('npm', clean, { ...process.env, PATH: path });
  rmSync(folder, { recursive: true, force: true });
}
