import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './own-node.mjs';

/** Does a step and says so, unless its stamp tells that it was done for the same input. */
export function once(stamp, input, name, work) {
  const path = join(root, stamp);
  if (existsSync(path) && readFileSync(path, 'utf8') === input) return;
  const started = Date.now();
  process.stdout.write(`  .. ${name}\n`);
  work();
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, input);
  process.stdout.write(`  ✔ ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
}

/** Runs a program in the root of the project; ends this process when it fails. */
export function run(command, args, environment = process.env) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: environment,
  });
  if (result.error) fail(`${command} could not be run: ${result.error.message}`);
  if (result.status !== 0) fail(`"${command} ${args.join(' ')}" failed; see above.`);
}

/** One digest of the contents of files, named from the root of the project. */
export function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths.sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}

/** Every file below a folder, without what is installed or built. */
export function filesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Ends this process with a message. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
