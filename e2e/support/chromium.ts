import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian installs its browser. */
const executablePath = '/usr/bin/chromium';

/** Whether there is a browser to test with; says on the console what to do when there is none. */
export function hasChromium(): boolean {
  const isThere = existsSync(executablePath);
  if (!isThere) console.log(`skipped: ${executablePath} is missing (apt-get install chromium)`);
  return isThere;
}

/** Starts the browser without a screen, and without the requests it makes on its own. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
