// The floor: `node fetch-once.ts URLS_FILE [one]` reads the same addresses with plain undici, parses their JSON and throws it away.
// With `one` each after the other, as pages of one listing have to be.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { atATime } from './at-a-time.ts';
import type { ListFigures } from './list-once.ts';
import { benchUser } from './names.ts';

const [file = '', order = ''] = process.argv.slice(2);
const urls = readFileSync(file, 'utf8').split('\n');
const basic = Buffer.from(`${benchUser.username}:${benchUser.password}`).toString('base64');
const dispatcher = new Agent();

async function read(url: string): Promise<void> {
  const { body } = await request(url, { dispatcher, headers: { authorization: `Basic ${basic}` } });
  JSON.parse(await body.text());
}

const start = performance.now();
if (order === 'one') for (const url of urls) await read(url);
else await atATime(urls, read);
const seconds = (performance.now() - start) / 1000;
await dispatcher.close();
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
const figures: ListFigures = { seconds, requests: urls.length, tags: 0, peakRssBytes, liveBytes: 0 };
console.log(JSON.stringify(figures));
