import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
});

afterAll(() => platform.stop());

type Document = { openapi: string; paths: Record<string, Record<string, { responses: object }>> };

async function documentOf(version: string): Promise<Document> {
  return (await platform.app.inject(`/rest/openapi/${version}`)).json();
}

it('lists its versions', async () => {
  const response = await platform.app.inject('/rest/openapi');

  expect(response.json()).toEqual(['2021-06-04', '2023-10-11~experimental', '2025-09-17']);
});

it('describes every route of the API that is registered', async () => {
  const { paths } = await documentOf('2025-09-17');
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

  // Printed as a tree, each line a part of a path with its methods.
  const registered: string[] = [];
  const stack: string[] = [];
  for (const line of platform.app.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^(.*?)(?:├── |└── )(\S*)(?: \(([A-Z, ]+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', part = '', methods = ''] = match;
    stack.length = indent.length / 4;
    stack.push(part);
    const path = stack.join('').replaceAll(/:(\w+)/g, '{$1}');
    for (const method of methods.split(', ')) {
      if (method && method !== 'HEAD') registered.push(`${method} ${path}`);
    }
  }
  const api = registered.filter((route) => /^\w+ \/(?:rest|v1|api\/v1)\//.test(route));

  expect(api.length).toBeGreaterThan(40);
  expect(api.filter((route) => !route.includes('/rest/openapi')).toSorted(byText)).toEqual(
    described.toSorted(byText),
  );
});

it('leaves out what a version did not have yet', async () => {
  const path = '/rest/orgs/{org_id}/container_import/{integration_id}/policy';

  expect((await documentOf('2021-06-04')).paths[path]).toBeUndefined();
  expect(Object.keys((await documentOf('2025-09-17')).paths[path] ?? {}).toSorted(byText)).toEqual([
    'delete',
    'get',
    'patch',
    'post',
  ]);
});

it('knows no other version', async () => {
  expect((await platform.app.inject('/rest/openapi/2025-01-01')).statusCode).toBe(404);
});

it.each(['2021-06-04', '2023-10-11~experimental', '2025-09-17'])(
  'is valid OpenAPI 3.1 by the official schema: %s',
  async (version) => {
    const validator = new Validator();

    const result = await validator.validate({ ...(await documentOf(version)) });

    expect(result.errors).toBeUndefined();
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  },
);

it('is a document that can be resolved', async () => {
  const document = await documentOf('2025-09-17');

  expect(document.openapi).toBe('3.1.0');
  expect(
    JSON.stringify(document).match(/"\$ref":"(?!#\/components\/schemas\/(?:ErrorDocument|V1Error)")/g),
  ).toBeNull();
});

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
