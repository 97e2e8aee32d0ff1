import { randomUUID } from 'node:crypto';
import { addRegistry, addSyncRun, emptyRestWorld, type RestFake, startRestFake } from '@plimsoll/testkit';
import type { SyncRun } from '@plimsoll/contracts';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildWeb, webDist } from './support/build-web.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openVisit, signInAt, type WebVisit } from './support/web-visit.ts';

const minute = 60_000;

// The real platform's part is in web-platform.test.ts; here are states that are hard to bring about there.
describe.skipIf(!hasChromium())('the page about the sync of a registry', () => {
  let browser: Browser;
  let fake: RestFake;
  let visit: WebVisit;
  let page: Page;

  beforeAll(async () => {
    buildWeb();
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** Opens the page of a registry whose newest run is as described. */
  async function open(attributes: Partial<SyncRun['attributes']>, permissions?: string[]): Promise<SyncRun> {
    const world = emptyRestWorld();
    if (permissions) world.self.attributes.permissions = permissions;
    const registry = addRegistry(world, 'Harbor');
    addSyncRun(world, registry.id, { started_at: ago(300), finished_at: ago(299) });
    const run = addSyncRun(world, registry.id, { started_at: ago(10), ...attributes });
    const names = ['web:1.0', 'web:1.1'];
    world.pruned.set(
      run.id,
      names.map((name) => ({
        id: randomUUID(),
        type: 'pruned_project',
        attributes: {
          name,
          repository: 'web',
          tag: name.slice(4),
          reason: `tag ${name.slice(4)} is gone from the registry`,
          state: attributes.prune?.state === 'pruned' ? 'pruned' : 'held',
          changed_at: ago(9),
        },
      })),
    );
    fake = await startRestFake(world, webDist);
    visit = await openVisit(browser, fake.url);
    ({ page } = visit);
    await signInAt(page, world.login, `/registries/${registry.id}`);
    await page.getByRole('region', { name: 'Sync run' }).waitFor();
    return run;
  }

  afterEach(async () => {
    await page.context().close();
    await fake.close();

    // oxlint-disable vitest/no-standalone-expect -- holds for every test
    expect(visit.complaints).toEqual([]);
    expect(visit.outsideRequests).toEqual([]);
    // oxlint-enable vitest/no-standalone-expect
  });

  const counts: SyncRun['attributes']['counts'] = {
    repositories: 3,
    tags: 40,
    matched: 12,
    already_imported: 8,
    to_import: 4,
    to_rescan: 1,
    tombstoned: 1,
    truncated: 5,
    scans_requested: 4,
    scans_finished: 1,
    scans_failed: 1,
    pruned: 0,
    held: 0,
    restored: 0,
  };

  it('shows a run step by step with its numbers, warnings and repositories that failed', async () => {
    await open({
      status: 'scanning',
      counts,
      steps: [
        { step: 'listing', started_at: ago(10) },
        { step: 'planning', started_at: ago(6) },
        { step: 'importing', started_at: ago(5) },
        { step: 'scanning', started_at: ago(4) },
      ],
      repository_errors: [{ repository: 'team/api', message: 'the registry answered 500' }],
      warnings: [
        'team/api: its tags could not be listed: the registry answered 500',
        'The registry gives no push times',
      ],
    });

    const steps = await page.getByRole('list', { name: 'Steps' }).getByRole('listitem').allTextContents();

    expect(steps).toEqual([
      'List repositories and tags done3 repositories, 40 tags, 1 repository failedbegun 10 minutes ago, took 4 min',
      'Apply the policy done12 images admitted by the policy, 8 of them with a project, 1 left out since a person deleted them, 5 left for the next runsbegun 6 minutes ago, took 1 min',
      'Import done4 images, 1 of them read againbegun 5 minutes ago, took 1 min',
      'Scan under way1 of 4 scans done, 1 failedbegun 4 minutes ago',
    ]);
    await page.getByText('1 repository could not be listed; nothing of them is deleted').waitFor();
    await page.getByText('team/api: the registry answered 500').waitFor();
    await page.getByText('1 warning', { exact: true }).waitFor();
  });

  it('cancels a run after asking', async () => {
    await open({ status: 'listing' });
    await page.getByRole('button', { name: 'Cancel this run' }).click();
    await page.getByRole('dialog', { name: 'Cancel this run?' }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByText('Listing', { exact: true }).first().waitFor();

    await page.getByRole('button', { name: 'Cancel this run' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();

    await page.getByRole('status').filter({ hasText: 'Cancelled' }).waitFor();
    expect(await page.getByRole('button', { name: 'Cancel this run' }).count()).toBe(0);
  });

  it('deletes what a run holds after asking, and undoes it', async () => {
    await open({
      counts: { ...counts, held: 2 },
      prune: { state: 'held', reason: '2 of 3 projects would go.' },
    });
    const projects = page.getByRole('table', { name: 'Deleted projects' });
    await projects.getByText('tag 1.1 is gone from the registry').waitFor();
    await page.getByText('2 of 3 projects would go. Nothing is deleted until somebody confirms.').waitFor();

    await page.getByRole('button', { name: 'Confirm …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete 2 projects' }).click();
    await page.getByText('2 projects deleted', { exact: true }).waitFor();
    await projects.getByText('deleted', { exact: true }).first().waitFor();

    await page.getByRole('button', { name: 'Undo …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByText('2 projects restored', { exact: true }).waitFor();
    await projects.getByText('restored', { exact: true }).first().waitFor();

    expect(await page.getByRole('button', { name: 'Undo …' }).count()).toBe(0);
  });

  it('says why a deletion cannot be decided any more, or could not be carried out', async () => {
    const run = await open({
      counts: { ...counts, pruned: 2 },
      prune: { state: 'pruned', undo_until: ago(1) },
    });
    expect(await page.getByRole('button', { name: 'Undo …' }).getAttribute('title')).toBe(
      'What a run deleted can be restored for 7 days.',
    );

    run.attributes.prune = { state: 'held', reason: 'All would go.' };
    run.attributes.counts.held = 2;
    await page.reload();
    fake.failure = (method) =>
      method === 'POST' ? { status: 409, detail: 'A later sync run has begun' } : undefined;
    await page.getByRole('button', { name: 'Confirm …' }).click();
    await page.getByRole('button', { name: 'Delete 2 projects' }).click();
    await page.getByText('A later sync run has begun').waitFor();
    fake.failure = () => undefined;
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('table', { name: 'Sync runs' }).getByRole('link').last().click();

    await page.waitForURL(/\?run=/);
    await page.getByRole('status').filter({ hasText: 'started 5 hours ago' }).waitFor();
  });

  it('has a sync rest and go on', async () => {
    await open({});
    await page.getByRole('button', { name: 'Pause sync' }).click();
    await page.getByRole('button', { name: 'Resume sync' }).waitFor();
    expect(await page.getByRole('button', { name: 'Sync now' }).getAttribute('title')).toBe(
      'The sync rests; resume it first.',
    );

    await page.getByRole('button', { name: 'Resume sync' }).click();
    await page.getByRole('button', { name: 'Pause sync' }).waitFor();
    await page.getByRole('button', { name: 'Sync now' }).click();

    await page.getByRole('button', { name: 'Sync is running' }).waitFor();
  });

  it('lets nobody decide whose role may only look, and says why', async () => {
    await open(
      {
        status: 'scanning',
        counts: { ...counts, held: 2 },
        prune: { state: 'held', reason: 'Most would go.' },
      },
      ['org.read', 'org.integration.read'],
    );

    const reasons: (string | null)[] = [];
    for (const name of ['Sync is running', 'Pause sync', 'Cancel this run', 'Confirm …']) {
      const button = page.getByRole('button', { name });
      expect(await button.isDisabled()).toBe(true);
      reasons.push(await button.getAttribute('title'));
    }

    expect(new Set(reasons)).toEqual(
      new Set(['This takes the permission org.integration.edit, which your role has not.']),
    );
  });
});

/** The instant so many minutes before now. */
function ago(minutes: number): string {
  return new Date(Date.now() - minutes * minute).toISOString();
}
