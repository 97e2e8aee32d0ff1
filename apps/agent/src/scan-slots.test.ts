import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createLogger, createMetrics } from '@plimsoll/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgentMetrics } from './agent-metrics.ts';
import { ScanSlots } from './scan-slots.ts';

const scanId = '6f0f3b3e-6f8a-4f65-9d5f-6f2a1f0a8f01';

let server: Server;
let told: unknown[];
let slots: ScanSlots;

beforeEach(async () => {
  told = [];
  server = createServer((incoming, response) => {
    void json(incoming).then((body) => {
      told.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  slots = new ScanSlots({
    slots: 1,
    scanTimeoutMs: 60_000,
    log: createLogger({ name: 'test', level: 'silent' }),
    metrics: createAgentMetrics(createMetrics()),
  });
});

afterEach(async () => {
  await slots.stop(0);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function acceptScan(read: (signal: AbortSignal) => Promise<never>) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return slots.accept({ scanId, callbackUrl: `${url}/result`, doneUrl: `${url}/done`, read });
}

it('gives back a scan that does not finish before the process stops', async () => {
  acceptScan(
    (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );

  await slots.stop(0);

  expect(told).toEqual([{ scanId, status: 'returned' }]);
});

it('takes nothing new once it stops', async () => {
  await slots.stop(0);

  expect(() => acceptScan(() => Promise.reject(new Error('not to be read')))).toThrow(
    expect.objectContaining({ code: 'stopping', status: 503 }),
  );
  expect(slots.free).toBe(0);
});

it('reports an error of its own as one that may pass, without its text', async () => {
  acceptScan(() => Promise.reject(new Error('password hunter2')));

  await slots.stop(1_000);

  expect(told).toEqual([
    {
      scanId,
      status: 'failed',
      failure: { code: 'internal', message: 'The agent failed; its log says why.', retryable: true },
    },
  ]);
});
