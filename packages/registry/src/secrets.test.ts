import { inspect } from 'node:util';
import { startTestRegistry, withHeader, type Fault, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRegistry, type Registry } from './open-registry.ts';

const user = { username: 'reader', password: 'correct-horse-battery' };
const shapes = [user.password, Buffer.from(`${user.username}:${user.password}`).toString('base64')];
const signal = new AbortController().signal;

/** A registry that writes whatever it was sent into everything that it answers. */
const echo =
  (status: number): Fault =>
  (_, { headers }) => {
    const sent = headers.authorization ?? '';
    const known = Buffer.from(sent.replace(/^Basic /, ''), 'base64').toString();
    const body = `${sent} ${known} DENIED`;
    return {
      status,
      headers: { 'x-said': sent, 'www-authenticate': 'Basic realm="r"', 'content-type': sent },
      body,
    };
  };

let server: TestRegistry;
let registry: Registry;

beforeEach(async () => {
  server = await startTestRegistry({ authentication: { kind: 'basic', ...user } });
  registry = openRegistry(
    { type: 'oci', registryBase: server.base, ...user },
    { limits: { backoff: { firstMs: 1, capMs: 1 } } },
  );
});
afterEach(async () => {
  await registry.close();
  await server.stop();
});

it.each([200, 400, 401, 403, 404, 429, 500])(
  'keeps secrets out of errors and results when a registry echoes them with %i',
  async (status) => {
    await registry.checkCredentials(signal);
    server.faults.add({ path: /(?:_catalog|tags|manifests)/, fault: echo(status) });

    const outcomes = await Promise.allSettled([
      registry.listRepositories({ limit: 1 }, signal),
      registry.listTags('team/app', { limit: 1 }, signal),
      registry.resolve('team/app', '1.0', signal),
      registry.readImage('team/app', '1.0', undefined, signal),
    ]);
    const verdict = await registry.checkCredentials(signal);

    const shown = inspect([outcomes, verdict, registry], { depth: 20, showHidden: true });
    for (const secret of shapes) expect(shown).not.toContain(secret);
  },
);

it('keeps the query of a signed address out of errors', async () => {
  server.faults.add({
    path: /tags/,
    fault: withHeader('location', `${server.origin}/gone?X-Signature=s3cr3t`),
  });
  server.faults.add({ path: /tags/, fault: (answer) => ({ ...answer, status: 307 }) });

  const failure = await registry.listTags('team/app', { limit: 1 }, signal).catch((error: unknown) => error);

  expect(inspect(failure, { depth: 20 })).toContain('/gone');
  expect(inspect(failure, { depth: 20 })).not.toContain('s3cr3t');
});
