import { randomUUID } from 'node:crypto';
import type { ScanRequest } from '@plimsoll/contracts';
import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, inventoryOf, startWorld, type World } from '../sync/testing-world.ts';
import { ImageNameError } from './index.ts';

const a = digestOf('a');

let world: World;
/** What the agent was asked for, when it is told to keep silent about it. */
let requests: ScanRequest[];

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(false);
  requests = [];
  world.agent.scanning = (request) => {
    requests.push(request);
    return undefined;
  };
});

async function dispatched(): Promise<ScanRequest> {
  world.push('team/web', { v1: a });
  await world.sync.requestRun(world.settings.integrationId);
  await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(1);
  await expect.poll(() => status(), { timeout: 10_000 }).toBe('dispatched');
  return requests[0] as ScanRequest;
}

async function status(): Promise<string | undefined> {
  return (await world.db.selectFrom('scan').select('status').executeTakeFirst())?.status;
}

function callBack(path: string, payload: object, token = 'broker-token') {
  return world.app.inject({
    method: 'POST',
    url: path,
    headers: { authorization: `Bearer ${token}` },
    payload,
  });
}

describe('callbacks', () => {
  it('are refused without a valid broker token, before their body is read', async () => {
    const answer = await callBack('/api/v2/import/result', { not: 'read' }, 'another-token');

    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ code: 'unauthorized' });
  });

  it('are refused when they are not what the contract says', async () => {
    const answer = await callBack('/v2/import/done', { scanId: 'x' });

    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid-request' });
  });

  it('know no scan of another integration', async () => {
    const { scanId } = await dispatched();
    const other = await world.db
      .insertInto('integration')
      .values({ org_id: world.settings.orgId, type: 'oci', profile_name: 'Other' })
      .returning('id')
      .executeTakeFirstOrThrow();
    world.settings.integrationId = other.id;

    const answers = [
      await callBack('/api/v2/import/result', { scanId, inventory: inventoryOf(a) }),
      await callBack('/api/v2/import/done', { scanId: randomUUID(), status: 'finished' }),
    ];

    expect(answers.map((answer) => answer.statusCode)).toEqual([404, 404]);
    expect(await status()).toBe('dispatched');
  });

  it('take a result once, however often it is delivered', async () => {
    const { scanId } = await dispatched();
    const result = { scanId, inventory: inventoryOf(a) };

    const answers = [];
    for (let time = 0; time < 3; time += 1) answers.push(await callBack('/api/v2/import/result', result));
    await callBack('/api/v2/import/done', { scanId, status: 'finished' });

    expect(answers.map((answer) => answer.statusCode)).toEqual([200, 200, 200]);
    await expect.poll(() => world.projects(), { timeout: 10_000 }).toEqual(['team/web:v1 scanned a']);
    expect(await world.db.selectFrom('image').select('digest').execute()).toEqual([{ digest: a }]);
  });

  it('refuse the result of another digest than was asked for', async () => {
    const { scanId } = await dispatched();

    const answer = await callBack('/api/v2/import/result', { scanId, inventory: inventoryOf(digestOf('b')) });

    expect(answer.statusCode).toBe(422);
    expect(await world.db.selectFrom('image').select('id').execute()).toEqual([]);
  });

  it('take a platform image for the index that was asked for', async () => {
    const { scanId } = await dispatched();

    const inventory = inventoryOf(digestOf('b'));
    const answer = await callBack('/api/v2/import/result', { scanId, referenceDigest: a, inventory });

    expect(answer.statusCode).toBe(200);
    await expect.poll(() => world.projects(), { timeout: 10_000 }).toEqual(['team/web:v1 scanned a']);
    const references = await world.db
      .selectFrom('image_reference')
      .select('digest')
      .orderBy('digest')
      .execute();
    expect(references).toEqual([{ digest: a }, { digest: digestOf('b') }]);
  });
});

describe('scans that do not go well', () => {
  it('are asked for again at once when they are given back, and that is no attempt', async () => {
    const { scanId } = await dispatched();
    world.agent.busy = 0;

    await callBack('/api/v2/import/done', { scanId, status: 'returned' });

    await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(2);
    expect(requests[1]?.scanId).toBe(scanId);
    const scan = await world.db.selectFrom('scan').select('attempts').executeTakeFirst();
    expect(scan?.attempts).toBe(1);
  });

  it('are tried again later after a failure that may pass, and fail after five attempts', async () => {
    const { scanId } = await dispatched();
    const failure = {
      code: 'registry-unavailable',
      message: 'The registry is \0 away\ud800.',
      retryable: true,
    };
    const fail = () => callBack('/api/v2/import/done', { scanId, status: 'failed', failure });

    await fail();
    expect(await status()).toBe('requested');
    expect(await world.projects()).toEqual(['team/web:v1 pending a']);

    await world.db.updateTable('scan').set({ status: 'dispatched', attempts: 5 }).execute();
    await fail();
    expect(await status()).toBe('failed');
    expect(await world.projects()).toEqual(['team/web:v1 failed a']);
    const run = await world.db.selectFrom('sync_run').select('status').executeTakeFirst();
    expect(run?.status).toBe('completed');
  });

  it('are taken back from an agent that is not heard of any more', async () => {
    await dispatched();
    world.agent.busy = 0;
    await world.db
      .updateTable('scan')
      .set({ lease_until: new Date(0) })
      .execute();

    await world.jobs.send('scan.tick', {});

    await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(2);
  });

  it('are taken back as soon as somebody looks, and not only by the tick', async () => {
    await dispatched();
    world.agent.busy = 0;
    await world.db
      .updateTable('scan')
      .set({ lease_until: new Date(0) })
      .execute();

    await world.scans.wake(world.settings.integrationId);

    await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(2);
    expect(requests[1]?.scanId).toBe(requests[0]?.scanId);
  });

  it('wait while no broker client is connected, and go on when one is', async () => {
    const { scanId } = await dispatched();
    world.agent.isConnected = false;
    world.agent.busy = 0;
    await callBack('/api/v2/import/done', { scanId, status: 'returned' });
    await expect.poll(() => world.agent.calls.at(-1), { timeout: 10_000 }).toBe('scan');
    await expect.poll(() => status(), { timeout: 10_000 }).toBe('requested');

    world.agent.isConnected = true;
    await world.scans.wake(world.settings.integrationId);

    await expect.poll(() => requests, { timeout: 10_000 }).toHaveLength(2);
  });
});

it('asks an agent that was full again when it has a free slot', async () => {
  world.agent.slots = 1;
  world.agent.scanning = (request) => inventoryOf(request.reference);
  world.push('team/web', { v1: a, v2: digestOf('b'), v3: digestOf('c') });

  const run = await world.syncNow();

  expect(run.status).toBe('completed');
  expect(world.agent.scanned).toHaveLength(3);
});

describe('an import by hand', () => {
  it('makes a project that no sync deletes', async () => {
    world.agent.scanning = () => inventoryOf(a);

    const { projectId } = await world.scans.importByHand(
      world.settings.orgId,
      world.settings.integrationId,
      'team/web:v1',
    );

    await expect.poll(() => world.projects(), { timeout: 10_000 }).toEqual(['team/web:v1 scanned a']);
    const project = await world.db.selectFrom('project').select(['id', 'source']).executeTakeFirst();
    expect(project).toEqual({ id: projectId, source: 'manual' });
  });

  it.each(['team/web', 'team/web:', 'Team/Web:v1', ':v1', `team/web@${a}`])(
    'refuses the name %j',
    async (name) => {
      const importing = world.scans.importByHand(world.settings.orgId, world.settings.integrationId, name);

      await expect(importing).rejects.toThrow(ImageNameError);
    },
  );
});
