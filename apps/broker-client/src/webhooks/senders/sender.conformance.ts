import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNotification, type Push } from '../read-notification.ts';
import type { Notification, Sender } from '../sender.ts';
import { senders } from './index.ts';
import { anyDamage, withUnknownFields } from './testing-damage.ts';

/** Headers and body of a notification as the product sends it. */
export type Sample = { readonly headers?: Readonly<Record<string, string>>; readonly body: unknown };

/** Makes the headers by which a product proves that it knows the secret. */
export type Signing = (bytes: Buffer, secret: string) => Readonly<Record<string, string>>;

export type SenderCase = {
  /** Notifications of pushes, with what they say. */
  readonly pushes: readonly (Sample & {
    readonly name: string;
    readonly says: readonly Omit<Push, 'sender' | 'receivedAt'>[];
    /** Parts that must be left out: blobs, platforms of an image. */
    readonly skips?: number;
  })[];
  /** Notifications of this product that say nothing of a push. */
  readonly others: readonly Sample[];
  /** Every way in which the product proves itself; none when it cannot. */
  readonly signings: readonly Signing[];
};

const secret = 'a secret of the webhook';
const now = new Date('2026-01-02T03:04:05.678Z');

/** Runs a sender through what every sender must do. */
export function testSender(sender: Sender, { pushes, others, signings }: SenderCase): void {
  const place = { type: sender.types[0] ?? '', isListed: () => true };
  const read = (sample: Sample, given?: string) =>
    readNotification(notificationOf(sample), place, { secret: given }, now);

  describe(`sender ${sender.id}`, () => {
    it.each(pushes)('reads $name, whatever else is in it', async (sample) => {
      const { says, skips = 0 } = sample;
      const expected = {
        sender: sender.id,
        pushes: says.map((push) => ({ sender: sender.id, receivedAt: now.toISOString(), ...push })),
        skipped: skips,
        handshake: undefined,
      };

      expect(await read(sample)).toEqual(expected);
      expect(await read({ ...sample, body: withUnknownFields(sample.body) })).toEqual(expected);
    });

    it.each(others)('takes %j for a notification without a push', async (sample) => {
      expect(await read(sample)).toMatchObject({ sender: sender.id, pushes: [] });
    });

    it.each([...pushes, ...others])('is the only one that knows $body', (sample) => {
      const knowing = senders.filter((one) => one.read(notificationOf(sample)) !== undefined);

      expect(knowing.map(({ id }) => id)).toEqual([sender.id]);
    });

    it('is not believed where another product is expected, unless the type is oci', async () => {
      const [sample] = pushes;
      if (!sample) throw new Error('a sender needs a sample');
      const notification = notificationOf(sample);
      const elsewhere = { ...place, type: 'digitalocean-cr' };

      expect(await readNotification(notification, elsewhere, {}, now)).toMatchObject({
        refused: 'other-product',
      });
      expect(await readNotification(notification, { ...elsewhere, type: 'oci' }, {}, now)).toMatchObject({
        sender: sender.id,
        pushes: expect.anything() as unknown,
      });
    });

    it('leaves out what is not looked at', async () => {
      const [sample] = pushes;
      if (!sample) throw new Error('a sender needs a sample');
      const asked: string[] = [];
      const isListed = (repository: string) => asked.push(repository) === 0;

      const taken = await readNotification(notificationOf(sample), { ...place, isListed }, {}, now);

      expect(taken).toMatchObject({ pushes: [] });
      expect(asked).toEqual(sample.says.map(({ repository }) => repository));
    });

    it('shows that it knows the secret, or is not believed', async () => {
      const [sample] = pushes;
      if (!sample) throw new Error('a sender needs a sample');
      const { headers, body } = sample;
      const bytes = Buffer.from(JSON.stringify(body));
      const signed = (signing: Signing, by: string, of = bytes) => ({
        body,
        headers: { ...headers, ...signing(of, by) },
      });

      expect(sender.proof === undefined).toBe(signings.length === 0);
      expect(await read(sample, secret)).toMatchObject({
        refused: sender.proof ? 'wrong-signature' : 'unsigned',
      });
      for (const signing of signings) {
        expect(await read(signed(signing, secret), secret)).toMatchObject({ pushes: sample.says });
        expect(await read(signed(signing, `${secret}.`), secret)).toMatchObject({
          refused: 'wrong-signature',
        });
        expect(await read(signed(signing, ''), secret)).toMatchObject({ refused: 'wrong-signature' });
      }
    });

    it.each(signings.filter(signsBody))('signs the body, so that none can be changed', async (signing) => {
      const [{ headers, body } = { body: undefined }] = pushes;
      const other = Buffer.from(`${JSON.stringify(body)} `);

      expect(await read({ body, headers: { ...headers, ...signing(other, secret) } }, secret)).toMatchObject({
        refused: 'wrong-signature',
      });
    });

    it('survives any damage, and says nothing that cannot be said on', async () => {
      const samples = [...pushes, ...others];
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...samples), anyDamage, async (sample, damage) => {
          const taken = await read({ ...sample, body: damage(sample.body) });

          if (!('pushes' in taken)) return;
          for (const push of taken.pushes) {
            expect(push.repository).toMatch(/^[a-z0-9._/-]{1,255}$/);
            expect(push.tag).toMatch(/^\w[\w.-]{0,127}$/);
            expect(push.digest ?? `sha256:${'0'.repeat(64)}`).toMatch(/^sha256:[0-9a-f]{64}$/);
            expect(push.pushedAt ?? now.toISOString()).toMatch(/^20\d\d-/);
          }
        }),
        { numRuns: 1_000 },
      );
    });
  });
}

function signsBody(signing: Signing): boolean {
  const [one, other] = ['1', '2'].map((text) => JSON.stringify(signing(Buffer.from(text), secret)));
  return one !== other;
}

/** A notification as it arrives. */
export function notificationOf({ headers = {}, body }: Sample): Notification {
  return { headers, body, bytes: Buffer.from(JSON.stringify(body)) };
}
