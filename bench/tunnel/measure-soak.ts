import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { progress, rounded, type Measure } from '../report.ts';
import { memoryMiB, Programs } from './programs.ts';
import { startOurPair, type OurPair } from './our-pair.ts';

const bulkBytes = 16 * 1024 * 1024;

/** Memory is first noted when everything has been used for a while, minutes. */
const warmMinutes = 2;

/** What goes on, each again and again with a pause (milliseconds) after it. */
const loads = [
  { name: 'small', pauseMs: 20, send: (pair: OurPair) => ask(pair, 'GET', '/list?limit=100') },
  { name: 'small', pauseMs: 35, send: (pair: OurPair) => ask(pair, 'GET', '/list?limit=100') },
  { name: 'order', pauseMs: 200, send: (pair: OurPair) => ask(pair, 'POST', '/scan', order) },
  {
    name: 'download',
    pauseMs: 3_000,
    send: (pair: OurPair) => ask(pair, 'GET', `/bulk/down?bytes=${bulkBytes}`),
  },
  { name: 'upload', pauseMs: 3_000, send: upload },
  { name: 'given up', pauseMs: 1_000, send: giveUp },
] as const;

const order = JSON.stringify({
  scanId: '3d9cf2a4-7d27-4d1b-8f0e-111111111111',
  repository: 'team/app',
  reference: 'v1',
  callbackUrl: '${BROKER_CLIENT_URL}/api/v2/import/result',
  doneUrl: '${BROKER_CLIENT_URL}/api/v2/import/done',
  BROKER_VAR_SUB: ['callbackUrl', 'doneUrl'],
});

/** Keeps platform and broker client busy at a low rate for so many minutes, and notes their memory. */
export async function measureSoak(minutes: number): Promise<Measure> {
  const programs = new Programs();
  const agent = await programs.serve('./agent.ts');
  const pair = await startOurPair(programs, agent.url);
  const sent: Record<string, number> = {};
  const failed: string[] = [];
  const over = new AbortController();
  const running = loads.map(async ({ name, pauseMs, send }) => {
    while (!over.signal.aborted) {
      try {
        await send(pair);
        sent[name] = (sent[name] ?? 0) + 1;
      } catch (error) {
        failed.push(`${name}: ${(error as Error).message}`);
      }
      await sleep(pauseMs);
    }
  });
  const rows: Record<string, string | number>[] = [];
  try {
    for (let minute = 0; minute <= minutes; minute += 1) {
      if (
        minute === Math.min(warmMinutes, minutes) ||
        (minute > warmMinutes && minute % 7 === 0) ||
        minute === minutes
      ) {
        rows.push(noteMemory(pair, minute, sent, failed));
        progress(JSON.stringify(rows.at(-1)));
      }
      if (minute < minutes) await sleep(60_000);
    }
    over.abort();
    await Promise.all(running);
  } finally {
    await pair.stop();
  }
  for (const line of new Set(failed)) progress(line);
  return {
    name: 'tunnel: soak',
    about: [
      `${minutes} minutes of small requests, orders, 16 MiB down and up, and downloads that are given up`,
      'RSS of platform (all roles) and broker client',
    ],
    rows,
  };
}

function noteMemory(pair: OurPair, minute: number, sent: Record<string, number>, failed: readonly string[]) {
  const total = Object.values(sent).reduce((sum, number) => sum + number, 0);
  return {
    minute,
    'platform MiB': rounded(memoryMiB(pair.platform.pid), 0),
    'broker client MiB': rounded(memoryMiB(pair.client.pid), 0),
    'platform peak': rounded(memoryMiB(pair.platform.pid, 'VmHWM'), 0),
    'client peak': rounded(memoryMiB(pair.client.pid, 'VmHWM'), 0),
    requests: total,
    'given up': sent['given up'] ?? 0,
    failed: failed.length,
  };
}

async function ask(pair: OurPair, method: string, path: string, body?: string): Promise<void> {
  const headers = { ...pair.headers, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const answer = await fetch(`${pair.url}${path}`, { method, headers, ...(body !== undefined && { body }) });
  for await (const chunk of answer.body ?? []) void chunk;
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
}

async function upload(pair: OurPair): Promise<void> {
  const headers = {
    ...pair.headers,
    'content-type': 'application/octet-stream',
    'content-length': bulkBytes,
  };
  const sent = request(`${pair.url}/bulk/up`, { method: 'POST', headers });
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
  await pipeline(createReadStream('/dev/zero', { end: bulkBytes - 1 }), sent);
  const [response] = await answered;
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 202) throw new Error(`answered ${response.statusCode}`);
}

/** A consumer that leaves in the middle of an answer. */
async function giveUp(pair: OurPair): Promise<void> {
  const abort = new AbortController();
  const { headers, url } = pair;
  const answer = await fetch(`${url}/bulk/down?bytes=${bulkBytes}`, { headers, signal: abort.signal });
  const reader = answer.body?.getReader();
  await reader?.read();
  abort.abort();
}
