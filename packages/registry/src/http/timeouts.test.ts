import { buffer } from 'node:stream/consumers';
import { addImage, buildImage, stalled, startTestRegistry, type TestRegistry } from '@plimsoll/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { RegistryLimits } from '../limits.ts';
import { openRegistry, type Registry } from '../open-registry.ts';

const signal = new AbortController().signal;
const image = await buildImage({ layers: [] });
const config = { digest: image.config.digest, sizeBytes: image.config.bytes.length };

let server: TestRegistry;
let registry: Registry | undefined;

beforeEach(async () => {
  server = await startTestRegistry();
  addImage(server.content, 'team/app', '1.0', image);
});
afterEach(async () => {
  await registry?.close();
  await server.stop();
});

function open(limits: Partial<RegistryLimits>): Registry {
  const backoff = { firstMs: 1, capMs: 1 };
  registry = openRegistry({ type: 'oci', registryBase: server.base }, { limits: { backoff, ...limits } });
  return registry;
}

it('does not wait for ever for an answer to begin', async () => {
  server.faults.add({ path: /tags/, fault: stalled('before-headers') });
  const listing = open({ headersTimeoutMs: 50 }).listTags('team/app', { limit: 1 }, signal);

  await expect(listing).rejects.toMatchObject({ code: 'timeout', retryable: true });
  expect(server.requests).toHaveLength(1);
});

it.each<[string, Partial<RegistryLimits>]>([
  ['after a silence', { idleTimeoutMs: 50 }],
  ['when its time is over', { documentTimeoutMs: 50 }],
])('does not wait for ever for an answer to end: %s', async (_, limits) => {
  server.faults.add({ path: /tags/, fault: stalled('after-headers') });

  await expect(open(limits).listTags('team/app', { limit: 1 }, signal)).rejects.toMatchObject({
    code: 'timeout',
  });
});

it('asks again for a blob that fell silent', async () => {
  server.faults.add({ path: /blobs/, fault: stalled('after-headers'), times: 1 });
  const bytes = await buffer(open({ idleTimeoutMs: 50 }).openBlob('team/app', config, signal));

  expect(bytes.equals(image.config.bytes)).toBe(true);
});

it('gives up on a blob that takes more than its time', async () => {
  const limits = { blobGraceMs: 0, blobBytesPerSecond: Number.MAX_SAFE_INTEGER };
  const reading = buffer(open(limits).openBlob('team/app', config, signal));

  await expect(reading).rejects.toMatchObject({ code: 'timeout' });
});
