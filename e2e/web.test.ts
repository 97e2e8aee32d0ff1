import {
  addRegistry,
  addRepository,
  addSyncRun,
  demoRestWorld,
  emptyRestWorld,
  type RestFake,
  startRestFake,
} from '@plimsoll/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildWeb, webDist } from './support/build-web.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { openVisit, signInAt, type WebVisit } from './support/web-visit.ts';

const phone = { width: 390, height: 844 };

describe.skipIf(!hasChromium())('the web page', () => {
  let browser: Browser;
  let fake: RestFake;
  let visit: WebVisit;
  let page: Page;

  beforeAll(async () => {
    buildWeb();
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function open(world = demoRestWorld(), viewport?: { width: number; height: number }) {
    fake = await startRestFake(world, webDist);
    visit = await openVisit(browser, fake.url, viewport);
    ({ page } = visit);
  }

  afterEach(async () => {
    await page.context().close();
    await fake.close();

    // oxlint-disable vitest/no-standalone-expect -- holds for every test
    expect(visit.complaints).toEqual([]);
    expect(visit.outsideRequests).toEqual([]);
    // oxlint-enable vitest/no-standalone-expect
  });

  /** Waits for a text and tells that it is there. */
  async function sees(text: string): Promise<boolean> {
    await page.getByText(text).first().waitFor();
    return true;
  }

  const repositories = () => page.getByRole('table', { name: 'Repositories' }).getByRole('button');
  const issues = () => page.getByRole('table', { name: 'Issues' });

  it('says that a password is wrong, and lets the right one in', async () => {
    await open();
    await page.goto('/');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill('wrong');
    await page.keyboard.press('Enter');
    await page.getByText('The email address or the password is wrong.').waitFor();

    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Images' }).waitFor();

    expect(new URL(page.url()).pathname).toBe('/images');
  });

  it('says how long to wait after too many attempts', async () => {
    await open();
    fake.failure = (method) => (method === 'POST' ? { status: 429, retryAfterSeconds: 42 } : undefined);
    await page.goto('/sign-in');
    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill('guess');
    await page.getByRole('button', { name: 'Sign in' }).click();

    expect(await sees('Too many attempts. Wait 42 seconds and try again.')).toBe(true);
  });

  it('comes back to the page that was asked for', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images?q=shop&severity=critical');

    await repositories().first().waitFor();

    expect(await repositories().allTextContents()).toEqual(['shop/web']);
    expect(page.url()).toBe(`${fake.url}/images?q=shop&severity=critical`);
  });

  it('signs out', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images');
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto('/images');
    await page.waitForURL('**/sign-in?to=**');

    expect(page.url()).toBe(`${fake.url}/sign-in?to=/images`);
  });

  it('groups tags by repository and opens an image', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images');
    await repositories().first().waitFor();
    expect(await repositories().allTextContents()).toEqual([
      'build/toolchain',
      'library/alpine',
      'shop/api',
      'shop/web',
    ]);

    await page.getByRole('button', { name: 'shop/api' }).click();
    await page.getByText('Failed: The image is larger than the limit of 2.1 GB.').waitFor();
    await page.getByRole('button', { name: 'shop/web' }).click();
    const tags = page.getByRole('table', { name: 'Tags of shop/web' });
    await tags.waitFor();
    expect(await tags.getByRole('link').allTextContents()).toEqual(['latest', '1.1', '1.0']);

    await tags
      .getByRole('button', { name: /Copy digest/ })
      .first()
      .click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^sha256:[0-9a-f]{64}$/);

    await tags.getByRole('link', { name: '1.1' }).click();
    await page.getByRole('heading', { name: 'shop/web:1.1' }).waitFor();
    await page.getByText('Debian GNU/Linux 12 (bookworm)').waitFor();
    await page.getByText('layer 3: app/node_modules/x/package.json is not JSON').waitFor();
    await page.getByText('shop/web:latest').waitFor();
    await page.goBack();

    await tags.waitFor();
  });

  it('shows an issue with its fix, its layer and its references', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}`);
    const row = issues().getByRole('row').filter({ hasText: 'CVE-2024-5535' });
    await row.getByText('3.0.14-1~deb12u1').waitFor();

    await row.getByRole('button').press('Enter');
    await page.getByText('Layer 2').waitFor();
    await page.getByText('600 of 1000').waitFor();
    await page.getByRole('link', { name: 'CWE-787' }).waitFor();
    const reference = page
      .getByRole('link', { name: 'https://www.openssl.org/news/secadv/20240627.txt' })
      .last();

    expect(await reference.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(page.url()).toContain('open=');
  });

  it('narrows issues by severity, fix and words, and counts what is hidden', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}`);
    await page.getByText('49 issues').waitFor();

    await page.getByRole('button', { name: 'Severity' }).click();
    await page.getByRole('checkbox', { name: 'High' }).check();
    await page.getByText('12 of 49 issues').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('switch', { name: 'Fixable only' }).check();
    await page.getByText('12 of 49 issues').waitFor();
    await page.getByLabel('Search id, package or title').fill('cve-2024-10012');
    await page.getByText('1 of 49 issues').waitFor();
    await page.getByRole('switch', { name: 'By priority' }).check();
    expect(new URL(page.url()).search).toBe('?severity=high&fixable=yes&q=cve-2024-10012&sort=priority');

    await page.goto(`/images/${project?.id}`);
    await page.getByRole('switch', { name: 'Show 47 hidden issues' }).check();

    await page.getByText('96 issues').waitFor();
  });

  it('advises upgrades and another base image', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}`);
    await page.getByRole('tab', { name: 'Fixes' }).click();
    await page.getByText('1 upgrade clears 1 of 14 issues rated high or worse.').waitFor();

    const upgrade = page.getByRole('table', { name: 'Upgrades' }).getByRole('row').last();
    await page.getByLabel('Clear issues rated').selectOption('low');

    expect(await upgrade.textContent()).toMatch(/openssl.*libssl3.*3\.0\.14-1~deb12u1.*CVE-2024-5535/);
    expect(await sees('library/debian:12.6')).toBe(true);
    expect(new URL(page.url()).search).toBe('?tab=fixes&level=low');
  });

  it('ignores an issue with a reason, shows it among the ignored ones only, and takes that back', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}`);
    await page.getByText('49 issues').waitFor();
    await page.getByRole('button', { name: 'CVE-2024-5535', exact: true }).click();

    await page.getByRole('button', { name: 'Ignore CVE-2024-5535' }).click();
    const form = page.getByRole('form', { name: 'Ignore CVE-2024-5535' });
    await form.getByLabel('Why').selectOption('For a while');
    await form.getByLabel('Reason').fill('Mended with the next release.');
    await form.getByLabel('Where').selectOption('The whole organization');
    await form.getByLabel('Until the end of').fill('2099-12-24');
    await form.getByRole('button', { name: 'Ignore', exact: true }).click();
    await page.getByText('48 issues').waitFor();

    await page.getByRole('switch', { name: 'Only 1 ignored issue' }).check();
    await page.getByText('Mended with the next release.').waitFor();
    await page.getByText('Ignored: For a while. The whole organization.').waitFor();
    expect(page.url()).toContain('ignored=yes');

    await page.getByRole('button', { name: 'Stop ignoring CVE-2024-5535' }).click();
    await page.getByRole('switch', { name: 'Only 0 ignored issues' }).click();
    expect(await sees('49 issues')).toBe(true);
  });

  it('searches packages and shows where one lies', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}?tab=packages&q=openssl`);
    await page.getByText('1 of 141 packages').waitFor();

    await page.getByRole('button', { name: 'openssl' }).click();

    expect(await sees('pkg:deb/debian/openssl@3.0.9-1?distro=bookworm')).toBe(true);
    expect(await sees('var/lib/dpkg/status')).toBe(true);
  });

  it('shows a hostile advisory as text', async () => {
    await open();
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, `/images/${project?.id}?q=CVE-2023-99999`);
    await page.getByRole('button', { name: 'CVE-2023-99999' }).click();
    await page.getByText('<script>window.hacked=1</script> click x').waitFor();

    const links = await page
      .getByRole('link')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')));

    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);
    expect(links.filter((href) => /javascript|evil/.test(href ?? ''))).toEqual([]);
    expect(await page.locator('#root img').count()).toBe(0);
  });

  it('can be used by keyboard alone', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images');
    await repositories().first().waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type('alpine');
    await page.getByText('1 repository').waitFor();
    expect(await repositories().allTextContents()).toEqual(['library/alpine']);
    await page.keyboard.press('Escape');
    await page.getByText('4 repositories').waitFor();

    await repositories().last().focus();
    await page.keyboard.press('Enter');
    const tags = page.getByRole('table', { name: 'Tags of shop/web' });
    await tags.waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');

    await page.getByRole('heading', { name: 'shop/web:latest' }).waitFor();
  });

  it('fits a phone', async () => {
    await open(demoRestWorld(), phone);
    const project = fake.world.projects.find(({ attributes }) => attributes.name === 'shop/web:1.1');
    await signInAt(page, fake.world.login, '/images');
    await page.getByRole('button', { name: 'shop/web' }).click();
    await page.getByRole('link', { name: '1.1' }).waitFor();
    const width = () => page.evaluate(() => document.documentElement.scrollWidth);
    expect(await width()).toBe(phone.width);

    await page.goto(`/images/${project?.id}`);
    await page.getByRole('button', { name: 'CVE-2024-5535' }).click();
    await page.getByText('Layer 2').waitFor();
    expect(await width()).toBe(phone.width);

    await page.getByRole('button', { name: 'Navigation' }).click();
    await page.getByRole('link', { name: 'Registries' }).click();
    await page.getByRole('article', { name: 'Production Harbor' }).waitFor();

    expect(await width()).toBe(phone.width);
  });

  it('scrolls through 10,000 repositories and keeps only those in view', async () => {
    const world = emptyRestWorld();
    const registry = addRegistry(world, 'Huge');
    for (let index = 0; index < 10_000; index += 1) {
      const name = `team-${String(index).padStart(5, '0')}/service`;
      addRepository(world, registry, name, [{ name: '1', counts: { high: index % 7, low: index % 3 } }]);
    }
    await open(world);
    await signInAt(page, fake.world.login, '/images');
    await page.getByText('10,000 repositories').waitFor();

    const last = page.getByRole('button', { name: 'team-09999/service' });
    await expect
      .poll(
        async () => {
          await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
          return await last.count();
        },
        { timeout: 120_000, interval: 20 },
      )
      .toBe(1);

    expect(await repositories().count()).toBeLessThan(60);
  });

  it('leads the way while there are no images', async () => {
    const world = emptyRestWorld();
    await open(world);
    await signInAt(page, fake.world.login, '/images');
    expect(await sees('No registry is connected')).toBe(true);

    const registry = addRegistry(world, 'Fresh');
    await page.reload();
    expect(await sees('No images yet')).toBe(true);

    addSyncRun(world, registry.id, { status: 'listing' });
    await page.reload();
    expect(await sees('The first images are on their way')).toBe(true);
    expect(await sees('is being listed: 42 repositories, 318 tags so far.')).toBe(true);

    addRepository(world, registry, 'a/b', [{ name: '1' }]);
    await repositories().first().waitFor();
    await page.getByLabel('Search repositories').fill('nothing like it');
    await page.getByRole('button', { name: 'Clear search and filters' }).click();

    await repositories().first().waitFor();
  });

  it('says what failed, keeps what it has, and tries again', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images');
    await repositories().first().waitFor();

    const tagsFail = (_method: string, url: URL) => url.pathname.endsWith('/projects');
    fake.failure = (method, url) =>
      tagsFail(method, url) ? { status: 500, detail: 'The database is away' } : undefined;
    await page.getByRole('button', { name: 'shop/web' }).click();
    await page.getByText('The tags of shop/web could not be read').waitFor();
    await page.getByText('The database is away').waitFor();
    expect(await repositories().count()).toBeGreaterThan(3);

    fake.failure = (method, url) => (tagsFail(method, url) ? 'hang up' : undefined);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('The platform cannot be reached.').waitFor();

    fake.failure = () => undefined;
    await page.getByRole('button', { name: 'Try again' }).click();

    await page.getByRole('link', { name: '1.1' }).waitFor();
  });

  it('asks to sign in again when the session is over, and goes on where it was', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images?q=shop');
    await repositories().first().waitFor();
    fake.signEverybodyOut();
    await page.getByRole('button', { name: 'shop/api' }).click();
    await page.waitForURL('**/sign-in?to=**');

    await page.getByLabel('Email').fill('ada@example.org');
    await page.getByRole('textbox', { name: 'Password' }).fill('correct horse');
    await page.keyboard.press('Enter');

    await page.getByRole('link', { name: '2024.1' }).waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('shop');
  });

  it('checks a connection hop by hop and starts a sync', async () => {
    await open();
    fake.world.connectionCheck = {
      ok: false,
      hops: [
        { hop: 'broker-client', status: 'ok', message: 'Version 0.1.0 answered.' },
        { hop: 'agent', status: 'failed', message: 'http://agent:17500 refused the connection.' },
        { hop: 'registry', status: 'unknown', message: 'Not tried.' },
      ],
    };
    await signInAt(page, fake.world.login, '/registries');
    const card = page.getByRole('article', { name: 'Production Harbor' });
    await card.getByText('The registry last told of a push').waitFor();

    await card.getByRole('button', { name: 'Check connection' }).click();
    await card.getByText('http://agent:17500 refused the connection.').waitFor();
    expect(await card.getByRole('listitem').filter({ hasText: 'Agent' }).textContent()).toContain('failed');

    await card.getByRole('button', { name: 'Sync now' }).click();
    await card.getByText('This registry is being listed').waitFor();

    expect(await card.getByRole('button', { name: 'Sync is running' }).isDisabled()).toBe(true);
  });

  it('remembers dark colours', async () => {
    await open();
    await signInAt(page, fake.world.login, '/images');
    await page.getByRole('button', { name: 'Switch to dark colours' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Switch to light colours' }).waitFor();

    expect(await page.evaluate(() => document.documentElement.dataset['mantineColorScheme'])).toBe('dark');
  });

  it('says that an address leads nowhere', async () => {
    await open();
    await page.goto('/nowhere');

    expect(await sees('There is no page at this address')).toBe(true);
  });
});
