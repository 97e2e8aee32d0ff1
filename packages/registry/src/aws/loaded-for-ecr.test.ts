import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { addImage, buildImage, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { registryTypes, type RegistryCredentials } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../../..');

/** Uses registries in a process of their own and prints which modules of AWS that made it look for. */
const script = `
import { registerHooks } from 'node:module';
const asked = new Set();
registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('@aws-sdk/')) asked.add(specifier);
    return next(specifier, context);
  },
});
const { openRegistry } = await import('@plimsoll/registry');
const signal = new AbortController().signal;
for (const credentials of JSON.parse(process.argv[1])) {
  const registry = openRegistry(credentials, { limits: { attempts: 1 } });
  const nothing = () => undefined;
  await registry.checkCredentials(signal);
  await registry.listRepositories({ limit: 1 }, signal).catch(nothing);
  await registry.listTags('team/app', { limit: 1 }, signal).catch(nothing);
  await registry.readImage('team/app', '1.0', undefined, signal).catch(nothing);
  await registry.close();
}
console.log(JSON.stringify([...asked].toSorted()));
`;

let server: TestRegistry;

beforeAll(async () => {
  server = await startTestRegistry();
  addImage(server.content, 'team/app', '1.0', await buildImage({ layers: [] }));
});
afterAll(() => server.stop());

async function modulesOf(all: readonly RegistryCredentials[]): Promise<unknown> {
  const flags = ['--input-type=module', '--eval', script, JSON.stringify(all)];
  const keys = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret-of-the-test' };
  const services = { AWS_ENDPOINT_URL_ECR: server.origin, AWS_ENDPOINT_URL_STS: server.origin };
  const env = { ...process.env, ...keys, ...services, AWS_EC2_METADATA_DISABLED: 'true' };
  const { stdout } = await run(process.execPath, flags, { cwd: join(root, 'packages/registry'), env });
  return JSON.parse(stdout);
}

it('leaves the AWS SDK alone for every other type, and where a token of ECR is brought', async () => {
  const user = { username: 'reader', password: 'correct-horse-battery' };
  const others = registryTypes.filter((type) => type !== 'ecr');
  const credentials = others.map((type) => ({ type, registryBase: server.base, ...user }));
  const brought = { type: 'ecr', registryBase: server.base, ...user, username: 'AWS' } as const;

  expect(others.length).toBeGreaterThanOrEqual(12);
  expect(await modulesOf([...credentials, brought])).toEqual([]);
});

it('loads the AWS SDK for ecr', async () => {
  const extra = { region: 'eu-west-1' };

  expect(await modulesOf([{ type: 'ecr', registryBase: server.base, extra }])).toEqual(
    expect.arrayContaining(['@aws-sdk/client-ecr', '@aws-sdk/credential-providers']),
  );
});
