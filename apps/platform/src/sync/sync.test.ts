import { createTestDatabase } from '@plimsoll/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { digestOf, startWorld, type World } from './testing-world.ts';

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(digestOf) as [string, string, string, string];

let world: World;

beforeAll(async () => {
  world = await startWorld(await createTestDatabase());
});

afterAll(() => world.stop());

beforeEach(async () => {
  await world.reset();
  await world.setPolicy(false);
});

describe('importing', () => {
  it('imports every image of the registry, and reads each digest once', async () => {
    world.push('team/web', { v1: a, v2: b, latest: b });
    world.push('team/db', { v1: c, copy: a });

    const run = await world.syncNow();

    expect(run).toMatchObject({ status: 'completed', listing_complete: true, repositories: 2, tags: 5 });
    expect(run.to_import).toBe(5);
    expect(await world.projects()).toEqual([
      'team/db:copy scanned a',
      'team/db:v1 scanned c',
      'team/web:latest scanned b',
      'team/web:v1 scanned a',
      'team/web:v2 scanned b',
    ]);
    expect(world.agent.scanned.map((scan) => scan.slice(-3)).toSorted()).toEqual(['aaa', 'bbb', 'ccc']);
  });

  it('has nothing to do the second time', async () => {
    world.push('team/web', { v1: a });
    await world.syncNow();

    const run = await world.syncNow();

    expect(run).toMatchObject({ status: 'completed', to_import: 0 });
    expect(world.agent.scanned).toHaveLength(1);
  });

  it('reads a moved tag again, and shows what it knows of the digest if it does', async () => {
    world.push('team/web', { v1: a, v2: b });
    await world.syncNow();
    world.push('team/web', { v1: b, v2: c });

    await world.syncNow();

    expect(await world.projects()).toEqual(['team/web:v1 scanned b', 'team/web:v2 scanned c']);
    expect(world.agent.scanned).toHaveLength(3);
  });

  it('asks for digests where the listing tells none', async () => {
    world.agent.tellsDigests = false;
    world.push('team/web', { v1: a, v2: a });

    await world.syncNow();

    expect(await world.projects()).toEqual(['team/web:v1 scanned a', 'team/web:v2 scanned a']);
    expect(world.agent.scanned).toEqual([`team/web ${a}`]);
  });

  it('leaves what is over the limit to the next run', async () => {
    world.settings.importLimit = 2;
    await world.setPolicy(true);
    world.push('team/web', { v1: a, v2: b, v3: c });

    const first = await world.syncNow();
    const second = await world.syncNow();

    expect([first.to_import, second.to_import]).toEqual([2, 1]);
    expect(first.warnings).toEqual([
      '1 more images are to be imported or scanned again; the next runs take them.',
    ]);
    expect(await world.projects()).toHaveLength(3);
  });

  it('matches and counts an image before anybody sees it', async () => {
    world.push('team/web', { v1: a });

    await world.syncNow();

    const image = await world.db.selectFrom('image').selectAll().executeTakeFirstOrThrow();
    expect(new Set(world.matched)).toEqual(new Set(image.package_ids));
    expect(world.counted).toEqual([image.id]);
    expect(image).toMatchObject({ digest: a, distro: 'debian:12', analyzers: 'dpkg:1,npm:1' });
  });
});

describe('failures', () => {
  it('shows a failed scan, and tries it again at the next run', async () => {
    world.push('team/web', { v1: a, v2: b });
    const scanning = world.agent.scanning;
    world.agent.scanning = (request) =>
      request.reference === a ? new Error('the manifest is gone') : scanning(request);

    const first = await world.syncNow();
    expect(first.status).toBe('completed');
    expect(await world.projects()).toEqual(['team/web:v1 failed a', 'team/web:v2 scanned b']);

    world.agent.scanning = scanning;
    await world.syncNow();
    expect(await world.projects()).toEqual(['team/web:v1 scanned a', 'team/web:v2 scanned b']);
  });

  it('reports a repository that cannot be listed, and goes on with the others', async () => {
    world.push('team/db', { v1: a });
    world.push('team/web', { v1: b });
    world.agent.fault = (route, repository) =>
      route === 'listTagsWithMetadata' && repository === 'team/db'
        ? new AgentCallError('agent', 'denied', { status: 403 })
        : undefined;

    const run = await world.syncNow();

    expect(run).toMatchObject({ status: 'completed', listing_complete: false });
    expect(run.repository_errors).toEqual({ 'team/db': 'denied' });
    expect(await world.projects()).toEqual(['team/web:v1 scanned b']);
  });

  it('leaves out what is no repository name, and says so', async () => {
    world.push('../Etc\0', { v1: a });
    world.push('team/web', { v1: b });

    const run = await world.syncNow();

    expect(run).toMatchObject({ status: 'completed', listing_complete: true });
    expect(run.warnings).toEqual(['../Etc is not a repository name; it is left out.']);
    expect(await world.projects()).toEqual(['team/web:v1 scanned b']);
  });

  it('fails at once when the registry refuses the credentials', async () => {
    world.agent.fault = (route) =>
      route === 'listRepositories'
        ? new AgentCallError('agent', 'The registry refused the password.', { status: 401 })
        : undefined;

    expect(await world.syncNow()).toMatchObject({
      status: 'failed',
      error_message: 'The registry refused the password.',
    });
  });

  it('goes on where it was after the connection was lost, without listing again what it has listed', async () => {
    world.push('team/a', { v1: a });
    world.push('team/b', { v1: b });
    world.agent.fault = (_route, repository) =>
      repository === 'team/b' ? new AgentCallError('client-disconnected', 'The tunnel was lost.') : undefined;
    const runId = (await world.sync.requestRun(world.settings.integrationId)) ?? '';
    await expect
      .poll(() => world.db.selectFrom('sync_run').select('attempts').executeTakeFirst(), { timeout: 10_000 })
      .toEqual({ attempts: 1 });

    world.agent.fault = () => undefined;
    const run = await world.untilEnded(runId);

    expect(run.status).toBe('completed');
    expect(await world.projects()).toEqual(['team/a:v1 scanned a', 'team/b:v1 scanned b']);
    expect(world.agent.calls.filter((call) => call === 'listTagsWithMetadata team/a')).toHaveLength(1);
  });

  it('starts one run at a time', async () => {
    world.push('team/web', { v1: a });

    const runs = await Promise.all([1, 2, 3].map(() => world.sync.requestRun(world.settings.integrationId)));

    const started = runs.filter((id) => id !== undefined);
    expect(started).toHaveLength(1);
    await world.untilEnded(started[0] ?? '');
  });
});

describe('pruning', () => {
  beforeEach(async () => {
    await world.setPolicy(true);
    world.push('team/web', { v1: a, v2: b, v3: c });
    world.push('team/old', { v1: d });
    await world.syncNow();
  });

  it('deletes the project of a tag that is gone, and of nothing else', async () => {
    world.registry.get('team/web')?.delete('v2');

    const run = await world.syncNow();

    expect(run.pruned).toBe(1);
    expect(await world.projects()).toEqual([
      'team/old:v1 scanned d',
      'team/web:v1 scanned a',
      'team/web:v3 scanned c',
    ]);
  });

  it('takes a repository for deleted when two complete catalogues did not hold it', async () => {
    world.registry.delete('team/old');

    expect((await world.syncNow()).pruned).toBe(0);
    expect((await world.syncNow()).pruned).toBe(1);
    expect(await world.db.selectFrom('target').select('name').execute()).toEqual([{ name: 'team/web' }]);
  });

  it('deletes nothing in a repository that was listed in part', async () => {
    world.registry.get('team/web')?.delete('v2');
    world.agent.fault = (route, repository) =>
      route === 'listTagsWithMetadata' && repository === 'team/web'
        ? new AgentCallError('agent', 'failure', { status: 500 })
        : undefined;

    expect((await world.syncNow()).pruned).toBe(0);
  });

  it('holds a deletion that looks like an accident, and says so', async () => {
    world.registry.get('team/web')?.clear();

    const run = await world.syncNow();

    expect(run.pruned).toBe(0);
    expect(run.warnings).toEqual([
      'Nothing was pruned: 3 of 4 projects would be deleted although the policy did not change.',
    ]);
  });

  it('does not bring back what a person deleted, until a person imports it', async () => {
    await world.sync.putTombstones(world.db, world.settings.integrationId, [
      { repository: 'team/old', tag: 'v1' },
    ]);
    await world.db.deleteFrom('target').where('name', '=', 'team/old').execute();
    await world.syncNow();
    expect(await world.projects()).toHaveLength(3);

    await world.scans.importByHand(world.settings.orgId, world.settings.integrationId, 'team/old:v1');
    await expect.poll(() => world.projects(), { timeout: 10_000 }).toContain('team/old:v1 scanned f');
    world.registry.get('team/old')?.delete('v1');
    expect((await world.syncNow()).pruned).toBe(0);
  });
});
