import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  addImage,
  createContent,
  harborRoutes,
  startTestRegistry,
  type TestRegistry,
} from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPlimsoll, unusedPort, type RunningCommand } from './support/plimsoll.ts';
import { smallImage } from './support/small-image.ts';
import { readUpState, signedIn } from './support/rest.ts';

// `npm run quickstart -- --registry .. --type harbor-cr`: a registry of the user's own, listed by its product's API.
const user = { username: 'robot$scan', password: 'harbor-password' };
const pushedAt = '2024-02-03T04:05:06.789Z';

let registry: TestRegistry;
let folder: string;
let dataDir: string;
let running: RunningCommand;
let url: string;

beforeAll(async () => {
  const content = createContent();
  const image = await smallImage();
  addImage(content, 'team/app', '1.0', image, pushedAt);
  addImage(content, 'team/deep/path', 'latest', image, pushedAt);
  registry = await startTestRegistry({
    content,
    routes: harborRoutes(user),
    authentication: { kind: 'bearer', ...user },
  });
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-harbor-'));
  dataDir = join(folder, 'data');
  const port = String(await unusedPort());
  url = `http://127.0.0.1:${port}`;
  running = startPlimsoll(
    ['up', '--data-dir', dataDir, '--port', port, '--advisories', 'none', '--registry', registry.base].concat(
      ['--type', 'harbor-cr', '--username', user.username, '--password-stdin'],
    ),
    { input: `${user.password}\n` },
  );
  await running.printed('Running.');
});

afterAll(async () => {
  running.child.kill('SIGTERM');
  await running.ended;
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('scans every image of the registry, nested repositories included', () => {
  expect(running.output()).toMatch(/^team\/app:1\.0 +1 /m);
  expect(running.output()).toMatch(/^team\/deep\/path:latest +1 /m);
});

it('knows when each tag was pushed', async () => {
  const state = readUpState(dataDir);
  const call = await signedIn(url, state);

  const answer = await call('GET', `/rest/orgs/${state.orgId}/projects`);
  const { data } = (await answer.json()) as { data: { meta: { image: { pushed_at?: string } } }[] };

  expect(data.map(({ meta }) => meta.image.pushed_at)).toEqual([pushedAt, pushedAt]);
});

it('asks Harbor for its repositories and never for the catalog of all', () => {
  const asked = registry.requests.map(({ url }) => url.pathname);

  expect(asked).toContain('/api/v2.0/repositories');
  expect(asked).not.toContain('/v2/_catalog');
});
