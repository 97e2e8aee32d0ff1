// An agent whose registry has so many repositories with so many tags each, as a process of its own that answers at once:
// `node agent.ts REPOSITORIES TAGS`. Prints its port.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const [repositories, tags] = process.argv.slice(2).map(Number) as [number, number];
const names = Array.from({ length: repositories }, (_, index) => ({
  name: `team-${index % 50}/service-${index}`,
}));
const digest = (unit: number) => `sha256:${unit.toString(16).padStart(64, '0')}`;

function page<T>(entries: readonly T[], query: URLSearchParams) {
  const start = Number(query.get('cursor') ?? 0);
  const end = start + Number(query.get('limit'));
  const next = end < entries.length ? { nextCursor: String(end) } : {};
  return { entries: entries.slice(start, end), end: { ...next, complete: true, warnings: [] } };
}

function answer(url: URL): unknown {
  const prefix = '/list-with-metadata/';
  if (url.pathname === '/list') {
    const { entries, end } = page(names, url.searchParams);
    return { repositories: entries, ...end };
  }
  if (!url.pathname.startsWith(prefix)) return { status: 'ok', version: '1', slots: { total: 1, free: 1 } };
  const repository = decodeURIComponent(url.pathname.slice(prefix.length));
  const number = Number(repository.slice(repository.lastIndexOf('-') + 1));
  const all = Array.from({ length: tags }, (_, unit) => ({
    name: `v1.${unit % 40}.${unit}`,
    digest: digest(number * tags + unit),
    pushedAt: new Date(1.7e12 + unit * 60_000).toISOString(),
    pushedAtKind: 'tag',
  }));
  const { entries, end } = page(all, url.searchParams);
  return { repository, tags: entries, ...end };
}

const server = createServer((request, response) => {
  request.resume();
  const body = JSON.stringify(answer(new URL(request.url ?? '/', 'http://agent')));
  response.setHeader('content-type', 'application/json').end(body);
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
