// One listing as a process of its own: `node list-once.ts TYPE BASE [REPOSITORY] [URLS_FILE]`, prints a ListFigures line.
// Without a repository everything outside the one with very many tags is listed; with `--names` the names of repositories only.
// The requests it made go into the file. Started with --expose-gc it also looks what is alive, every twenty pages.
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { RegistryType } from '@plimsoll/contracts';
import { openRegistry, type PageRequest } from '@plimsoll/registry';
import { atATime } from './at-a-time.ts';
import { benchUser, manyName } from './names.ts';

export type ListFigures = {
  readonly seconds: number;
  readonly requests: number;
  /** Names of tags, or of repositories where those alone are listed. */
  readonly tags: number;
  /** Highest resident memory of this process, bytes. */
  readonly peakRssBytes: number;
  /** The most that was alive after a collection of garbage, heap and buffers; 0 where nobody looked. */
  readonly liveBytes: number;
};

const [type, registryBase = '', only = '', urlsFile = ''] = process.argv.slice(2);
const urls: string[] = [];
subscribe('undici:request:create', (message) => {
  const { request } = message as { request: { origin: string; path: string } };
  urls.push(request.origin + request.path);
});

const signal = new AbortController().signal;
const registry = openRegistry({ type: RegistryType.parse(type), registryBase, ...benchUser });
const limit = 1_000;

/** Pages between two looks at what is alive. */
const pagesPerLook = 20;
let pages = 0;
let liveBytes = 0;

function look(): void {
  if (!globalThis.gc || pages++ % pagesPerLook > 0) return;
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  liveBytes = Math.max(liveBytes, heapUsed + arrayBuffers);
}

/** Pages, each handed on and forgotten, as the agent does. */
async function* pagesOf<P extends { nextCursor?: string }>(read: (page: PageRequest) => Promise<P>) {
  let cursor: string | undefined;
  do {
    const page = await read({ limit, ...(cursor && { cursor }) });
    look();
    yield page;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}

let tags = 0;
async function listTags(repository: string): Promise<void> {
  for await (const page of pagesOf((request) => registry.listTags(repository, request, signal))) {
    tags += page.tags.length;
  }
}

const start = performance.now();
if (only === '--names') {
  for await (const { repositories } of pagesOf((page) => registry.listRepositories(page, signal))) {
    tags += repositories.length;
  }
} else if (only) {
  await listTags(only);
} else {
  for await (const { repositories } of pagesOf((page) => registry.listRepositories(page, signal))) {
    const names = repositories.map(({ name }) => name).filter((name) => name !== manyName);
    await atATime(names, listTags);
  }
}
const seconds = (performance.now() - start) / 1000;
await registry.close();
if (urlsFile) writeFileSync(urlsFile, urls.join('\n'));
const peakRssBytes = process.resourceUsage().maxRSS * 1024;
const figures: ListFigures = { seconds, requests: urls.length, tags, peakRssBytes, liveBytes };
console.log(JSON.stringify(figures));
