import type { PushedAtKind, RegistryCredentials } from '@plimsoll/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistry, type Registry } from '../open-registry.ts';
import type { RegistryError } from '../registry-error.ts';

/** A fake of a product for one test: empty, and faultless until told. */
export type ProviderFixture = {
  readonly credentials: RegistryCredentials;
  /** What is wrong in credentials that are refused; another password unless told. */
  readonly wrong?: Partial<RegistryCredentials>;
  /** Puts one image under every tag of a repository; returns its digest. */
  addTags(repository: string, tags: readonly string[]): Promise<string>;
  /** Plays a fault on requests of listings, `times` times or for ever. */
  play(fault: ListingFault, times?: number): void;
  /** From now on refuses what was let in before, as when tokens have run out; new ones are given. */
  expire(): void;
  stop(): Promise<void>;
};

export type ListingFault = 'rate-limited' | 'asks-to-wait' | 'failing' | 'web-page' | 'truncated' | 'stalled';

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
        const page = await registry.listTags(app, { limit: 10, ...(cursor && { cursor }) }, signal);
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
    });

    it.each(['rate-limited', 'failing', 'truncated'] as const)(
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
      const impatient = new AbortController();
      const listing = registry.listRepositories({ limit: 10 }, impatient.signal);
      impatient.abort();

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
