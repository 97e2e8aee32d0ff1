import { redirectedTo, startTestRegistry, withStatus, type TestRegistry } from '@plimsoll/testkit';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import type { RegistryLimits } from '../limits.ts';
import { openRegistry, type Registry } from '../open-registry.ts';
import type { ProviderFixture } from './provider.conformance.ts';

/** All that a host may learn to which a registry sends us. */
const harmlessHeaders = ['accept', 'accept-encoding', 'connection', 'host', 'range', 'user-agent'];

/** The part of the conformance suite of providers that plays a registry which means us harm. */
export function testHostility(
  fake: () => ProviderFixture,
  repository: string,
  limits: Partial<RegistryLimits>,
  signal: AbortSignal,
): void {
  const opened: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each.stop();
  });

  function open(more: Partial<RegistryLimits> = {}): Registry {
    const registry = openRegistry(fake().credentials, { limits: { ...limits, ...more } });
    opened.push({ stop: () => registry.close() });
    return registry;
  }

  async function startElsewhere(): Promise<TestRegistry> {
    const elsewhere = await startTestRegistry();
    opened.push(elsewhere);
    return elsewhere;
  }

  it('shows nothing of its credentials to where a blob is kept', async () => {
    const elsewhere = await startElsewhere();
    await fake().addTags(repository, ['1.0']);
    const registry = open();
    const image = await registry.readImage(repository, '1.0', undefined, signal);
    const [layer] = image.layers;
    fake().faults.add({ path: /\/blobs\//, fault: redirectedTo(`${elsewhere.origin}/blob?signature=x`) });

    const reading = buffer(registry.openBlob(repository, layer ?? { digest: '', sizeBytes: 0 }, signal));

    await expect(reading).rejects.toMatchObject({ code: 'not-found' });
    expect(elsewhere.requests.length).toBeGreaterThan(0);
    for (const { headers, url, body } of elsewhere.requests) {
      expect([
        Object.keys(headers).filter((name) => !harmlessHeaders.includes(name)),
        url.search,
        body,
      ]).toEqual([[], '?signature=x', '']);
    }
  });

  it.each([
    'http://169.254.169.254/latest/meta-data/',
    'http://metadata.google.internal/',
    'http://10.0.0.1/',
    'http://[fd00::1]/',
  ])('does not follow manifests or blobs to %s', async (location) => {
    await fake().addTags(repository, ['1.0']);
    const registry = open();
    const { configDigest } = await registry.readImage(repository, '1.0', undefined, signal);
    const [path, fault] = [/\/(?:blobs|manifests)\//, redirectedTo(location)];
    fake().faults.add({ path, fault });

    const config = { digest: configDigest, sizeBytes: 1 };
    await expect(buffer(registry.openBlob(repository, config, signal))).rejects.toMatchObject({
      code: 'egress-refused',
    });
    await expect(registry.readImage(repository, '1.0', undefined, signal)).rejects.toMatchObject({
      code: 'egress-refused',
    });
  });

  it('asks no token server of another host, whatever the registry says', async () => {
    const elsewhere = await startElsewhere();
    await fake().addTags(repository, ['1.0']);
    // The same machine by another name: addresses are compared as they are written.
    const realm = `${elsewhere.origin.replace('127.0.0.1', 'localhost')}/token`;
    const challenge = `Bearer realm="${realm}",service="s",scope="repository:${repository}:pull"`;
    fake().faults.add({ path: /\/v2\//, fault: withStatus(401, { 'www-authenticate': challenge }) });
    const registry = open();

    expect(await registry.checkCredentials(signal)).toMatchObject({ ok: false });
    await expect(registry.resolve(repository, '1.0', signal)).rejects.toMatchObject({ retryable: false });
    expect(elsewhere.requests).toEqual([]);
  });

  it('reads no list without end', async () => {
    await fake().addTags(repository, ['1.0']);
    fake().play('endless');
    const registry = open({ listPageBytes: 100_000, listStreamBytes: 100_000 });

    await expect(registry.listRepositories({ limit: 1 }, signal)).rejects.toMatchObject({
      code: 'too-large',
      retryable: false,
    });
  });
}
