import type { RegistryCredentials } from '@plimsoll/contracts';
import { openRegistry, RegistryError } from '@plimsoll/registry';
import { afterEach, expect, it } from 'vitest';
import { RegistrySessions } from './registry-sessions.ts';

const credentials = (username: string): RegistryCredentials => ({
  type: 'oci',
  registryBase: 'https://registry.invalid',
  username,
  password: 'correct horse battery',
});

let opened: string[] = [];
let closed: string[] = [];
let onClosed: () => void = () => undefined;
let sessions: RegistrySessions | undefined;

function start(limits: { idleMs: number; maxSessions: number }): RegistrySessions {
  opened = [];
  closed = [];
  sessions = new RegistrySessions((given) => {
    const name = given.username ?? '';
    opened.push(name);
    const close = async () => {
      closed.push(name);
      onClosed();
    };
    return { ...openRegistry(given), close };
  }, limits);
  return sessions;
}

afterEach(() => sessions?.close());

const nothing = () => Promise.resolve();

it('opens a registry once for all requests with the same credentials', async () => {
  const kept = start({ idleMs: 60_000, maxSessions: 8 });
  await Promise.all([kept.use(credentials('a'), nothing), kept.use(credentials('a'), nothing)]);
  await kept.use(credentials('a'), nothing);
  await kept.use(credentials('b'), nothing);

  expect(opened).toEqual(['a', 'b']);
  expect(closed).toEqual([]);
});

it('closes a registry that nobody uses any more', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  onClosed = resolve;
  await start({ idleMs: 0, maxSessions: 8 }).use(credentials('a'), nothing);
  await promise;

  expect(closed).toEqual(['a']);
});

it('closes the least recently used when there are too many, and none in use', async () => {
  const kept = start({ idleMs: 60_000, maxSessions: 2 });
  const scan = Promise.withResolvers<void>();
  const scanning = kept.use(credentials('scan'), () => scan.promise);
  for (const name of ['a', 'b', 'c']) await kept.use(credentials(name), nothing);
  const closedMeanwhile = [...closed];
  scan.resolve();
  await scanning;

  expect(closedMeanwhile).toEqual(['a', 'b']);
});

it('opens a registry anew after it was refused', async () => {
  const kept = start({ idleMs: 60_000, maxSessions: 8 });
  const refused = () => Promise.reject(new RegistryError('forbidden', 'no right'));
  await expect(kept.use(credentials('a'), refused)).rejects.toMatchObject({ code: 'forbidden' });
  await kept.use(credentials('a'), nothing);

  expect([opened, closed]).toEqual([['a', 'a'], ['a']]);
});

it('closes all at the end', async () => {
  const kept = start({ idleMs: 60_000, maxSessions: 8 });
  await kept.use(credentials('a'), nothing);
  await kept.close();

  expect(closed).toEqual(['a']);
});
