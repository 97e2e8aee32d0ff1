import type { PushedAtKind, RegistryCredentials } from '@plimsoll/contracts';
import type { FaultPlan } from '@plimsoll/testkit';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';
import type { RegistryError } from '../registry-error.ts';
import { testHostility } from './hostile.conformance.ts';
import { testOtherBases } from './other-base.conformance.ts';

/** A fake of a product for one test: empty, and faultless until told. */
export type ProviderFixture = {
  readonly credentials: RegistryCredentials;
  /** What is wrong in credentials that are refused; another password unless told. */
  readonly wrong?: Partial<RegistryCredentials>;
  /** Puts one image under every tag of a repository; returns its digest. */
  addTags(repository: string, tags: readonly string[]): Promise<string>;
  /** Plays a fault on requests of listings, `times` times or for ever. */
  play(fault: ListingFault, times?: number): void;
  /** The faults of the registry itself, beside the product's own API. */
  readonly faults: FaultPlan;
  /** From now on refuses what was let in before, as when tokens have run out; new ones are given. */
  expire(): void;
  stop(): Promise<void>;
};

export type ListingFault =
  | 'rate-limited'
  | 'asks-to-wait'
  | 'failing'
  | 'web-page'
  | 'truncated'
  | 'trickling'
  | 'stalled'
  | 'forbidden'
  | 'endless';

/** What differs from product to product in what listings tell. */
export type ProviderTraits = {
  readonly pushedAtKind: PushedAtKind;
  readonly pushedAt: string | undefined;
  readonly hasDigests: boolean;
  /** What every repository name begins with, `team` unless told. */
  readonly root?: string;
  /** False where names have exactly two parts. */
  readonly hasNestedNames?: boolean;
};

/** Pauses of a millisecond, so that a test of retries takes no time. */
const limits = { backoff: { firstMs: 1, capMs: 1 } };
/** Somebody who does not wait for long. */
const impatient = { ...limits, idleTimeoutMs: 50, headersTimeoutMs: 50 };
const password = 'correct-horse-battery';

/** The behaviour that every provider has, run against a fake of its product. */
export function testProvider(
  type: string,
  traits: ProviderTraits,
  start: (user: { username: string; password: string }) => Promise<ProviderFixture>,
): void {
  describe(`provider ${type}`, () => {
    let fake: ProviderFixture;
    let registry: Registry;
    const signal = new AbortController().signal;
    const { root = 'team', hasNestedNames = true } = traits;
    const app = `${root}/app`;
    const nested = hasNestedNames ? `${root}/nested/app` : `${root}/nested-app`;

    beforeEach(async () => {
      fake = await start({ username: 'reader', password });
      registry = openRegistry(fake.credentials, { limits });
    });
    afterEach(async () => {
      await registry.close();
      await fake.stop();
    });

    const withNames = (names: { repositories?: string[]; namespaces?: string[] }): RegistryCredentials => ({
      ...fake.credentials,
      extra: { ...fake.credentials.extra, ...names },
    });

    const repositoryNames = async () => {
      const { repositories } = await registry.listRepositories({ limit: 100 }, signal);
      return repositories.map(({ name }) => name);
    };

    it('lets the right credentials in', async () => {
      await fake.addTags(app, ['1.0']);

      expect(await registry.checkCredentials(signal)).toMatchObject({ ok: true, code: 'ok' });
    });

    it('tells a wrong password, without quoting it', async () => {
      const wrong = openRegistry(
        { ...fake.credentials, ...(fake.wrong ?? { password: 'not-the-password' }) },
        { limits },
      );
      const verdict = await wrong.checkCredentials(signal);
      await wrong.close();

      expect(verdict).toMatchObject({ ok: false, code: 'unauthorized' });
      expect(verdict.message).not.toContain('not-the-password');
      expect(verdict.message).toContain('127.0.0.1');
    });

    it('tells a right password whose account may not list', async () => {
      await fake.addTags(app, ['1.0']);
      fake.play('forbidden');

      const verdict = await registry.checkCredentials(signal);

      expect(verdict).toMatchObject({ ok: false, code: 'cannot-list' });
      expect(verdict.message).toContain('CR_REPOSITORIES');
    });

    testOtherBases(() => fake, limits, signal);
    testHostility(() => fake, app, limits, signal);

    it('uses the repositories that are named where it may not list', async () => {
      await fake.addTags(app, ['1.0']);
      await fake.addTags(nested, ['1.0']);
      fake.play('forbidden');
      const names = openRegistry(withNames({ repositories: [nested, app] }), { limits });

      const verdict = await names.checkCredentials(signal);
      const first = await names.listRepositories({ limit: 1 }, signal);
      const cursor = first.nextCursor ?? '';
      const second = await names.listRepositories({ limit: 1, cursor }, signal);
      const { tags } = await names.listTags(app, { limit: 10 }, signal);
      await names.close();

      expect(verdict).toMatchObject({ ok: true, code: 'ok', message: expect.stringContaining('2 rep') });
      const listed = [...first.repositories, ...second.repositories].map(({ name }) => name);
      expect(listed).toEqual([app, nested].toSorted());
      expect(second).toMatchObject({ complete: true, warnings: [] });
      expect(tags.map(({ name }) => name)).toEqual(['1.0']);
    });

    it('lists the namespaces that are named, and says so', async () => {
      await fake.addTags(app, ['1.0']);
      await fake.addTags(nested, ['1.0']);
      const names = openRegistry(withNames({ namespaces: [root], repositories: [app] }), { limits });

      const verdict = await names.checkCredentials(signal);
      const { repositories } = await names.listRepositories({ limit: 10 }, signal);
      await names.close();

      expect(verdict).toMatchObject({ ok: true, message: expect.stringContaining(`namespaces ${root}`) });
      expect(repositories.map(({ name }) => name)).toEqual([app, nested]);
    });

    it('lists repositories', async () => {
      await fake.addTags(app, ['1.0']);
      await fake.addTags(nested, ['1.0']);

      expect((await repositoryNames()).toSorted()).toEqual([app, nested].toSorted());
    });

    it('lists nothing of an empty registry', async () => {
      expect(await registry.listRepositories({ limit: 10 }, signal)).toEqual({
        repositories: [],
        complete: true,
        warnings: [],
      });
    });

    it('lists page by page, each from a cursor alone, every name once', async () => {
      const names = Array.from({ length: 7 }, (_, index) => `${root}/app-${index}`);
      for (const name of names) await fake.addTags(name, ['1.0']);

      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        // A session of its own for each page: nothing but the cursor is carried on.
        const session = openRegistry(fake.credentials, { limits });
        const page = await session.listRepositories({ limit: 3, ...(cursor && { cursor }) }, signal);
        await session.close();
        expect(page.complete).toBe(true);
        seen.push(...page.repositories.map(({ name }) => name));
        cursor = page.nextCursor;
      } while (cursor !== undefined);

      expect(seen.toSorted()).toEqual(names);
    });

    it('lists tags of a nested repository, with digest and push time as the product tells them', async () => {
      const digest = await fake.addTags(nested, ['1.0']);

      const page = await registry.listTags(nested, { limit: 100 }, signal);

      expect(page).toEqual({
        tags: [
          {
            name: '1.0',
            ...(traits.hasDigests && { digest }),
            ...(traits.pushedAt && { pushedAt: traits.pushedAt }),
            pushedAtKind: traits.pushedAtKind,
          },
        ],
        complete: true,
        warnings: [],
      });
    });

    it('pages through more tags than it was asked for', async () => {
      const names = Array.from({ length: 25 }, (_, index) => `v${String(index).padStart(2, '0')}`);
      await fake.addTags(app, names);

      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        // Tokens run out between pages, and another agent may go on with the cursor.
        fake.expire();
        const session = seen.length > 10 ? openRegistry(fake.credentials, { limits }) : registry;
        const page = await session.listTags(app, { limit: 10, ...(cursor && { cursor }) }, signal);
        if (session !== registry) await session.close();
        seen.push(...page.tags.map(({ name }) => name));
        expect(page.tags.length).toBeLessThanOrEqual(10);
        cursor = page.nextCursor;
      } while (cursor !== undefined);

      expect(seen.toSorted()).toEqual(names);
    });

    it('tells a repository that is not there', async () => {
      await fake.addTags(app, ['1.0']);

      await expect(registry.listTags(`${root}/other`, { limit: 10 }, signal)).rejects.toMatchObject({
        code: 'not-found',
        retryable: false,
      });
    });

    it('refuses a repository name that does not belong in a URL', async () => {
      await expect(registry.listTags('team/../admin', { limit: 10 }, signal)).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    it('resolves a tag and reads its image', async () => {
      const digest = await fake.addTags(app, ['1.0']);

      const resolved = await registry.resolve(app, '1.0', signal);
      const image = await registry.readImage(app, '1.0', undefined, signal);

      expect(resolved.digest).toBe(digest);
      expect(image.platform).toBe('linux/amd64');
      const layers = await Promise.all(
        image.layers.map((layer) => buffer(registry.openBlob(app, layer, signal))),
      );
      expect(layers.map(({ length }) => length)).toEqual(image.layers.map(({ sizeBytes }) => sizeBytes));
      expect(layers).not.toHaveLength(0);
    });

    it.each(['rate-limited', 'failing', 'truncated', 'trickling'] as const)(
      'lists in spite of one answer that is %s',
      async (fault) => {
        await fake.addTags(app, ['1.0']);
        fake.play(fault, 1);

        expect(await repositoryNames()).toEqual([app]);
      },
    );

    it.each([
      ['rate-limited', 'rate-limited', true],
      ['failing', 'unavailable', true],
      ['truncated', 'unavailable', true],
      ['web-page', 'invalid-answer', false],
    ] as const)('gives up on a registry that is %s for ever', async (fault, code, retryable) => {
      await fake.addTags(app, ['1.0']);
      fake.play(fault);

      await expect(repositoryNames()).rejects.toMatchObject({ code, retryable });
    });

    it('does not wait for ever for a slow answer', async () => {
      fake.play('stalled');
      const session = openRegistry(fake.credentials, { limits: impatient });
      const listing = session.listRepositories({ limit: 10 }, signal);

      await expect(listing).rejects.toMatchObject({ code: 'timeout', retryable: true });
      await session.close();
    });

    it('goes on with the listing when its credentials run out in the middle', async () => {
      const names = [`${root}/app-1`, `${root}/app-2`, `${root}/app-3`];
      for (const name of names) await fake.addTags(name, ['1.0']);

      const first = await registry.listRepositories({ limit: 1 }, signal);
      fake.expire();
      const cursor = first.nextCursor ?? '';
      const rest = await registry.listRepositories({ limit: 10, cursor }, signal);

      expect([...first.repositories, ...rest.repositories].map(({ name }) => name).toSorted()).toEqual(names);
      expect(rest.complete).toBe(true);
    });

    it('tells until when a registry wants to be left alone', async () => {
      fake.play('asks-to-wait');

      const verdict = await registry.checkCredentials(signal);
      const failure = await registry.listRepositories({ limit: 1 }, signal).catch((error: unknown) => error);

      expect(verdict).toMatchObject({ ok: false, code: 'rate-limited' });
      expect(verdict.message).toMatch(/20\d\d-/);
      expect(failure).toMatchObject({ code: 'rate-limited', retryable: true });
      expect((failure as RegistryError).retryAfterMs).toBeGreaterThan(3_000_000);
    });

    it('stops waiting when nobody needs the answer any more', async () => {
      fake.play('stalled');
      const caller = new AbortController();
      const listing = registry.listRepositories({ limit: 10 }, caller.signal);
      caller.abort();

      await expect(listing).rejects.toMatchObject({ code: 'cancelled' });
    });

    it('fails what is under way when it is closed', async () => {
      fake.play('stalled');
      const listing = registry.listRepositories({ limit: 10 }, signal);
      await registry.close();

      await expect(listing).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
}
