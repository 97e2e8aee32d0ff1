import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestPlatform, testAdmin, type TestPlatform } from '../testing-platform.ts';

const next = 'another long password';
let platform: TestPlatform;

beforeEach(async () => {
  platform = await startTestPlatform();
});
afterEach(() => platform.stop());

const change = (cookie: string, current_password: string, new_password = next) =>
  platform.request('POST', '/rest/self/password', {
    token: null,
    headers: { cookie },
    body: { data: { type: 'password_change', attributes: { current_password, new_password } } },
  });

const selfBy = async (cookie: string) =>
  (await platform.request('GET', '/rest/self', { token: null, headers: { cookie } })).statusCode;

it('ends every session but the one of the browser that changed the password', async () => {
  const elsewhere = await platform.signIn();
  const here = await platform.signIn();
  expect([await selfBy(elsewhere), await selfBy(here)]).toEqual([200, 200]);

  const answer = await change(here, testAdmin.password);
  const renewed = String(answer.headers['set-cookie']).split(';')[0] ?? '';

  expect(answer.statusCode).toBe(204);
  expect([await selfBy(elsewhere), await selfBy(here), await selfBy(renewed)]).toEqual([401, 401, 200]);
  await expect(platform.signIn()).rejects.toThrow('401');
  expect(await platform.signIn({ ...testAdmin, password: next })).toContain('plimsoll_session=');
});

it('takes neither a wrong password nor a short one, and slows down who guesses', async () => {
  const cookie = await platform.signIn();
  const short = await change(cookie, testAdmin.password, 'short');
  expect([short.statusCode, short.body]).toEqual([400, expect.stringContaining('new_password')]);

  const statuses: number[] = [];
  for (let attempt = 0; attempt < 6; attempt += 1)
    statuses.push((await change(cookie, 'a guess')).statusCode);
  const last = await change(cookie, testAdmin.password);

  expect(statuses).toEqual([400, 400, 400, 400, 400, 429]);
  expect(last.statusCode).toBe(429);
  expect(Number(last.headers['retry-after'])).toBeGreaterThan(0);
  platform.clock.now = new Date(platform.clock.now.getTime() + 16 * 60 * 1000);
  expect((await change(cookie, testAdmin.password)).statusCode).toBe(204);
});

it('lets no token change a password', async () => {
  const attributes = { current_password: testAdmin.password, new_password: next };
  const body = { data: { type: 'password_change', attributes } };

  const answer = await platform.request('POST', '/rest/self/password', { body });

  expect(answer.statusCode).toBe(403);
});
