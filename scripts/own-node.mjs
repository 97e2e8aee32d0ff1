import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the project. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The Node that the project brings, or the one that runs this when it is new enough; undefined when neither is there. */
export function ownNode() {
  const own = join(root, 'node_modules/node/bin/node');
  if (existsSync(own)) return own;
  return Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : undefined;
}

/** Replaces this process by `plimsoll ARGS`, as far as Node can: its terminal, its signals and its exit code are the child's. */
export function becomePlimsoll(args) {
  const node = ownNode();
  if (node === undefined) {
    process.stderr.write(
      `Plimsoll needs Node 24 and finds only ${process.versions.node}. Run "npm ci" in ${root}: it brings one.\n`,
    );
    process.exit(1);
  }
  const child = spawn(node, [join(root, 'apps/standalone/src/main.ts'), ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the child from the terminal, and a second one would end it at once; other signals are handed on.
  process.on('SIGINT', () => {
    if (!process.stdin.isTTY) child.kill('SIGINT');
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
