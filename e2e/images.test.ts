import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PlatformApi } from './support/platform-api.ts';
import { unusedPort } from './support/plimsoll.ts';
import { answers, startFile } from './support/processes.ts';
import { admin } from './support/replica-world.ts';

// What the container images hold, without Docker: one artefact for each part, of plain dependencies, which starts.

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-images-'));
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true });
});

it('starts one program in each image, as an ordinary user', () => {
  const stages = read('deploy/Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const images = stages.filter((stage) => stage.startsWith('runtime AS '));
  const runtime = stages.find((stage) => stage.includes(' AS runtime'));

  const started = images.map((stage) => [
    /^runtime AS (\S+)/.exec(stage)?.[1],
    [...stage.matchAll(/^CMD (.+)$/gm)].map(([, command]) => (JSON.parse(command ?? '') as string[]).at(-1)),
  ]);

  expect(started).toEqual([
    ['platform', ['platform/main.mjs']],
    ['broker-client', ['broker-client/main.cjs']],
    ['agent', ['apps/agent/src/main.ts']],
  ]);
  expect(runtime).toMatch(/^USER 1000:1000$/m);
  expect(images.join('')).not.toMatch(/^(?:USER|ENTRYPOINT) /m);
});

it('is made of dependencies as their registry has them: none replaced, patched, or fetched from elsewhere', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const manifests = Object.keys(lock.packages).filter((path) => !path.includes('node_modules/'));
  const foreign = Object.entries(lock.packages).filter(
    ([path, { link, resolved, integrity }]) =>
      path.includes('node_modules/') &&
      !link &&
      !(
        integrity?.startsWith('sha512-') &&
        (resolved === undefined || resolved.startsWith('https://registry.npmjs.org/'))
      ),
  );

  expect(manifests.length).toBeGreaterThan(10);
  expect(foreign).toEqual([]);
  for (const path of manifests) {
    const manifest = JSON.parse(read(join(path, 'package.json'))) as Record<string, Record<string, string>>;
    expect(manifest['overrides']).toBeUndefined();
    expect(JSON.stringify(manifest['scripts'] ?? {})).not.toMatch(/patch-package|postinstall|preinstall/);
    for (const version of Object.values({ ...manifest['dependencies'], ...manifest['devDependencies'] }))
      expect(version).toMatch(/^(?:\d+\.\d+\.\d+(?:-[\w.]+)?|\*)$/);
  }
});

it('starts the platform as its image does: bundled, and compiled beforehand', async () => {
  const bundle = join(folder, 'platform');
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  const app = join(root, 'apps/platform');
  await run(process.execPath, [rolldown, '-c', 'rolldown.config.mjs', '--dir', bundle], { cwd: app });
  cpSync(join(app, 'src/database/migrations'), join(bundle, 'migrations'), { recursive: true });
  const compiled = { NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const first = await run(process.execPath, [join(bundle, 'main.mjs')], { env: compiled }).catch(
    (error: { code: number; stderr: string }) => error,
  );
  const port = await unusedPort();
  const url = `http://127.0.0.1:${port}`;
  const platform = startFile(join(bundle, 'main.mjs'), {
    ...compiled,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATABASE_URL: database.connectionString,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
  });
  try {
    await answers(`${url}/readyz`, platform);
    const api = await PlatformApi.signIn(url, admin.email, admin.password);

    const made = await api.post(`${api.org}/integrations`, 'integration', { integration_type: 'oci' });

    expect(first).toMatchObject({ code: 3, stderr: expect.stringContaining('DATABASE_URL: is missing') });
    expect(made.id).toMatch(/^[\da-f-]{36}$/);
  } finally {
    await platform.stop();
  }
});
