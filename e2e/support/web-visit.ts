import type { Browser, Page } from 'playwright-core';

/** A visit to the web page by one person, in a browser window of its own. */
export type WebVisit = {
  readonly page: Page;
  /** What the page complained about. A refused request is the browser's own line, not the page's, and left out. */
  readonly complaints: string[];
  /** Requests that left the page's own server. */
  readonly outsideRequests: string[];
};

/** Opens a window for the page at `url` that writes down complaints and requests to other places. */
export async function openVisit(
  browser: Browser,
  url: string,
  viewport = { width: 1280, height: 900 },
): Promise<WebVisit> {
  const context = await browser.newContext({
    viewport,
    baseURL: url,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const visit: WebVisit = { page, complaints: [], outsideRequests: [] };
  page.on('pageerror', (error) => visit.complaints.push(error.message));
  page.on('console', (line) => {
    const isComplaint = line.type() === 'error' || line.type() === 'warning';
    if (isComplaint && !line.text().startsWith('Failed to load resource')) visit.complaints.push(line.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) visit.outsideRequests.push(request.url());
  });
  return visit;
}

/** Who signs in. */
export type Login = { readonly email: string; readonly password: string };

/** Opens an address and signs in when asked to. */
export async function signInAt(page: Page, login: Login, address: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel('Email').fill(login.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(login.password);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
}
