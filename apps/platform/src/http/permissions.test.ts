import { randomUUID } from 'node:crypto';
import { roles, type Role } from '@plimsoll/contracts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { permissionsOf, type Permission } from '../organizations/permissions.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

type Operation = {
  'x-permission'?: Permission;
  security: unknown[];
  parameters: { name: string; in: string }[];
};

let platform: TestPlatform;
/** Every route that the API document names. */
let routes: { method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'; path: string; operation: Operation }[];

beforeAll(async () => {
  platform = await startTestPlatform();
  const document = (await platform.app.inject('/rest/openapi/2025-09-17')).json() as {
    paths: Record<string, Record<string, Operation>>;
  };
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase() as 'GET',
      path,
      operation,
    })),
  );
});

afterAll(() => platform.stop());

/** The address of a route in the organization, with ids of things that do not exist. */
function addressOf(path: string, orgId: string): string {
  return path.replace('{org_id}', orgId).replaceAll(/\{[^}]+\}/g, () => randomUUID());
}

it('lets each role do what its permissions say on each route, and nothing else', async () => {
  const wrong: string[] = [];
  const tokens = new Map<Role, string>();
  for (const role of roles) tokens.set(role, await platform.tokenOf(role));
  for (const { method, path, operation } of routes) {
    const permission = operation['x-permission'];
    if (permission === undefined) continue;
    for (const role of roles) {
      const url = addressOf(path, platform.orgId);
      const token = tokens.get(role) ?? '';
      const response = await platform.request(method, url, { token, body: {} });
      // What may not be read looks as if it were not there; the detail names the address then.
      const isHidden = response.statusCode === 404 && response.body.includes(`${url} was not found`);
      const isRefused = response.statusCode === 401 || response.statusCode === 403 || isHidden;
      const mayDo = permissionsOf(role).has(permission);
      if (isRefused === mayDo) wrong.push(`${role} ${method} ${path}: ${response.statusCode}`);
    }
  }

  expect(routes.length).toBeGreaterThan(40);
  expect(wrong).toEqual([]);
});

it('hides every route of an organization from those who do not belong to it', async () => {
  const stranger = await platform.tokenOf('admin', await platform.otherOrganization());
  const statuses = new Set<number>();
  for (const { method, path, operation } of routes) {
    if (operation['x-permission'] === undefined) continue;
    const url = addressOf(path, platform.orgId);
    statuses.add((await platform.request(method, url, { token: stranger, body: {} })).statusCode);
  }

  expect([...statuses]).toEqual([404]);
});

it('demands a valid credential on every route but signing in and joining', async () => {
  const open: string[] = [];
  for (const { method, path } of routes) {
    for (const token of [null, 'plm_sa_wrong']) {
      const response = await platform.request(method, addressOf(path, platform.orgId), { token, body: {} });
      if (response.statusCode !== 401) open.push(`${method} ${path}`);
    }
  }

  expect(new Set(open)).toEqual(new Set(['POST /rest/sessions', 'POST /rest/invites/accept']));
});
