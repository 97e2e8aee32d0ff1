import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildWeb } from './support/build-web.ts';
import { hasChromium, launchChromium } from './support/chromium.ts';
import { type RunningCommand, startPlimsoll, unusedPort } from './support/plimsoll.ts';
import { openVisit, signInAt } from './support/web-visit.ts';

// The page and the platform together, on the demo registry: what the one asks is what the other answers.
describe.skipIf(!hasChromium())('the web page on a running platform', () => {
  let folder: string;
  let url: string;
  let browser: Browser;
  let running: RunningCommand;

  beforeAll(async () => {
    buildWeb();
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-web-'));
    const port = String(await unusedPort());
    url = `http://127.0.0.1:${port}`;
    running = startPlimsoll(['up', '--data-dir', folder, '--port', port]);
    browser = await launchChromium();
    await running.printed('Running.');
  });

  /** What the command printed to sign in with. */
  const loginOf = (output: string) => ({
    email: /Login +(\S+)/.exec(output)?.[1] ?? '',
    password: /Password +(\S+)/.exec(output)?.[1] ?? '',
  });

  afterAll(async () => {
    await browser.close();
    running.child.kill('SIGTERM');
    await running.ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('shows what the command printed, opens an issue, checks the connection and signs out', async () => {
    const output = running.output();
    const login = loginOf(output);
    const [packages, critical, high] = /^shop\/web:1\.0 +(\d+) +(\d+) +(\d+)/m.exec(output)?.slice(1) ?? [];
    const { page, complaints, outsideRequests } = await openVisit(browser, url);

    await signInAt(page, login, '/images?q=WEB');
    await page.getByRole('button', { name: 'shop/web' }).click();
    await page.getByRole('link', { name: '1.0' }).click();
    await page.getByRole('heading', { name: 'shop/web:1.0' }).waitFor();
    const bar = await page.getByRole('img').first().getAttribute('aria-label');
    expect(bar).toMatch(new RegExp(`^${critical} critical, ${high} high`));
    expect(await page.getByRole('tab', { name: /Packages/ }).textContent()).toBe(`Packages ${packages}`);

    const issues = page.getByRole('table', { name: 'Issues' });
    await issues.getByRole('button').first().click();
    await issues.getByText('In the image').waitFor();
    await issues.getByText(/^Layer \d+/).waitFor();

    await page.getByRole('link', { name: 'Registries' }).click();
    await page.getByRole('button', { name: 'Check connection' }).click();
    await page.getByRole('status', { name: 'Connection check' }).waitFor();
    expect(await page.locator('li[data-status=ok]').count()).toBe(3);
    await page.getByRole('button', { name: 'Sync now' }).click();
    await page.getByText('Completed just now').waitFor();

    await page.getByRole('link', { name: 'Sync runs' }).click();
    const shown = page.getByRole('region', { name: 'Sync run' });
    await shown.getByText('Completed', { exact: true }).waitFor();
    const steps = shown.getByRole('list', { name: 'Steps' });
    expect(await steps.locator('[data-state=done]').count()).toBeGreaterThan(2);
    await shown.getByRole('button', { name: 'Why each image' }).click();
    const reasons = shown.getByRole('table', { name: 'Reasons' });
    await reasons.getByRole('row').filter({ hasText: 'every image is imported' }).first().waitFor();
    await shown.getByLabel('Policy').selectOption('Left out');
    await shown.getByText('No image is like that.').waitFor();
    await page.getByRole('button', { name: 'Pause sync' }).click();
    await page.getByRole('button', { name: 'Resume sync' }).click();
    await page.getByRole('button', { name: 'Pause sync' }).waitFor();

    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Name').fill('nightly report');
    await page.getByRole('button', { name: 'Make a token' }).click();
    const token = await page.getByTestId('token').textContent();
    expect(token).toMatch(/^plm_pt_/);
    const self = await fetch(`${url}/rest/self?version=2025-11-05`, {
      headers: { authorization: `token ${token}` },
    });
    expect(self.status).toBe(200);
    await page.getByLabel('Recipients').fill('team@example.test');
    await page.getByRole('button', { name: 'Add a channel' }).click();
    await page.getByRole('button', { name: 'Try team@example.test' }).click();
    await page.getByText('The platform has no mail server').waitFor();
    await page.getByLabel('E-mail address').fill('ada@example.test');
    await page.getByRole('button', { name: 'Invite' }).click();
    const invite = (await page.getByTestId('invite').textContent()) ?? '';
    await page.getByRole('button', { name: 'Revoke nightly report' }).click();
    await page.getByText('You have no token yet.').waitFor();

    await page.getByRole('link', { name: 'Activity' }).click();
    const changes = page.getByRole('table', { name: 'Changes' });
    await changes.getByText('user.personal_token.delete').waitFor();
    await page.getByLabel('Kind of change').selectOption('org.notification_channel.create');
    await page.waitForURL(/event=org.notification_channel.create/);
    await changes.getByRole('button', { name: 'org.notification_channel.create' }).click();
    await changes.getByText('"channel_type": "email"').waitFor();

    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL(`${url}/sign-in`);

    await page.goto(invite);
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('A password').fill('ten letters or more');
    await page.getByRole('button', { name: 'Make an account' }).click();
    await page.waitForURL(`${url}/sign-in`);
    await page.getByLabel('Email').fill('ada@example.test');
    await page.getByLabel('Password', { exact: true }).fill('ten letters or more');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('region', { name: 'Personal tokens' }).waitFor();
    await page.getByLabel('Current password').fill('ten letters or more');
    await page.getByLabel('New password').fill('more than ten letters');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('The password was changed.').waitFor();
    expect(await page.getByRole('link', { name: 'Activity' }).count()).toBe(0);
    expect(await page.getByRole('region', { name: 'Members' }).count()).toBe(0);

    expect(complaints).toEqual([]);
    expect(outsideRequests).toEqual([]);
  });

  it('sets a policy after a dry run, and restores what its first run deleted', async () => {
    const { page, complaints } = await openVisit(browser, url);
    await signInAt(page, loginOf(running.output()), '/registries');
    await page.getByRole('link', { name: 'Configure auto-sync' }).click();
    await page.getByLabel('Which images').selectOption('By pattern');
    await page.getByLabel('Repository').fill('^shop/web$');
    await page.getByLabel('Delete projects of images').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    const foretold = page.getByRole('region', { name: 'What the policy would do' });
    const summary = await foretold.getByRole('status').textContent();
    await foretold.getByRole('row').filter({ hasText: 'delete' }).first().waitFor();
    await page.getByRole('button', { name: 'Save' }).click();

    await page.getByRole('table', { name: 'Deleted projects' }).waitFor();
    const deletions = page.getByRole('region', { name: 'Deletions' });
    const deleted = await deletions.getByText(/^\d+ projects? deleted$/).textContent();
    await page.getByRole('button', { name: 'Undo …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    const restored = await deletions.getByText(/^\d+ projects? restored$/).textContent();

    expect(restored).toBe(deleted?.replace('deleted', 'restored'));
    expect(summary).toContain(`${deleted?.replace('deleted', 'to delete')}, of `);
    expect(complaints).toEqual([]);
  });
});
