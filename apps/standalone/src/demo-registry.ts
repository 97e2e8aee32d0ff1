import { existsSync, rmSync } from 'node:fs';
import { createLogger, runProcess } from '@plimsoll/runtime';
import { serveLayout, writeDemoLayout } from '@plimsoll/testkit';

// The demo registry as a process: `node demo-registry.ts DIRECTORY PORT`.
const [directory = '', port = '0'] = process.argv.slice(2);
const log = createLogger({ name: 'demo-registry', level: 'info' });

await runProcess(log, async (lifecycle) => {
  if (!existsSync(`${directory}/index.json`)) {
    rmSync(directory, { recursive: true, force: true });
    await writeDemoLayout(directory);
  }
  const registry = await serveLayout(directory, { port: Number(port) });
  lifecycle.onStop('demo registry', () => registry.stop());
  log.info({ url: registry.base }, 'demo registry listening');
});
