import { expect, it } from 'vitest';
import { checkHealth } from './health.ts';

it('is healthy when every check says so', async () => {
  expect(await checkHealth({ database: () => true })).toEqual({ ok: true, checks: { database: 'ok' } });
});

it('names the check that fails, also one that throws', async () => {
  const health = await checkHealth({
    database: () => Promise.reject(new Error('connection refused')),
    jobs: () => 'not started',
  });

  expect(health).toEqual({ ok: false, checks: { database: 'connection refused', jobs: 'not started' } });
});
