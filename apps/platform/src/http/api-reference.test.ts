import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

const sources = join(import.meta.dirname, '..');
const root = join(sources, '../../..');

/** The rows of the page that tells which test makes requests of which route. */
const rows = readFileSync(join(root, 'docs/reference/api.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, route, tests] =
      /^\| `((?:GET|POST|PUT|PATCH|DELETE) \/[^`]+)` \| [EU+] \| (.*) \|$/.exec(line) ?? [];
    const files = [...(tests ?? '').matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file = '']) => file);
    return route !== undefined && files.length > 0 ? [{ route, files }] : [];
  });

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
});

afterAll(() => platform.stop());

it('has a row for each route of the API document, and for nothing else', async () => {
  const document = (await platform.app.inject('/rest/openapi/2025-09-17')).json<{
    paths: Record<string, object>;
  }>();
  const routes = Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/api/'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));

  const told = rows.map(({ route }) => route);
  expect(told.toSorted()).toEqual(routes.toSorted());
});

it('names tests that are there and ask for the route', () => {
  const wrong = rows.flatMap(({ route, files }) =>
    files
      .filter((file) => {
        const path = file.startsWith('e2e/') ? join(root, file) : join(sources, file);
        // Tests put addresses together from parts; the last word of the address is in one of them.
        const word = route.split('/').findLast((part) => !part.startsWith('{')) ?? '';
        return !existsSync(path) || !asksFor(path, word);
      })
      .map((file) => `${route}: ${file}`),
  );

  expect(wrong).toEqual([]);
});

function asksFor(path: string, word: string): boolean {
  const text = readFileSync(path, 'utf8');
  if (text.includes(word)) return true;
  // What several tests ask for may stand in a helper beside them.
  const helpers = [...text.matchAll(/from '(\.[^']*testing-[^']+)'/g)].map(([, name = '']) => name);
  return helpers.some((name) => readFileSync(join(path, '..', name), 'utf8').includes(word));
}
