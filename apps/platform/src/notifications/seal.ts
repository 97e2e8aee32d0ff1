import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from '@plimsoll/runtime';

/** The first byte of what is sealed: how it is read. */
const format = 1;
const lengths = { iv: 12, tag: 16, key: 32 } as const;

/** A sealed text cannot be opened: it was damaged, moved, or sealed with a key that is not known any more. */
export class SealError extends Error {
  override readonly name = 'SealError';
}

/** Keeps secrets in the database unreadable for whoever has only the database. */
export type Seal = {
  /** Seals a text for a row: elsewhere it cannot be opened. */
  seal(text: string, row: string): Buffer;
  /** @throws {SealError} */
  open(sealed: Buffer, row: string): string;
};

/**
 * Makes a seal (AES-256-GCM) of keys; the first one seals, all of them open, so that a key can be changed.
 * @param keys texts of any length with enough chance in them.
 */
export function createSeal(keys: readonly Secret[]): Seal {
  const derived = keys.map((key) =>
    Buffer.from(hkdfSync('sha256', key.reveal(), '', 'plimsoll sealed secrets', lengths.key)),
  );
  const [current] = derived;
  if (!current) throw new Error('A seal needs a key');
  return {
    seal(text, row) {
      const iv = randomBytes(lengths.iv);
      const cipher = createCipheriv('aes-256-gcm', current, iv).setAAD(Buffer.from(row));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([Buffer.of(format), iv, cipher.getAuthTag(), body]);
    },
    open(sealed, row) {
      for (const key of derived) {
        const text = sealed[0] === format ? tryOpen(sealed.subarray(1), key, row) : undefined;
        if (text !== undefined) return text;
      }
      throw new SealError(
        'A stored secret cannot be read with ENCRYPTION_KEY. Was the key changed? Name the old one after the new one, apart by a comma.',
      );
    },
  };
}

function tryOpen(sealed: Buffer, key: Buffer, row: string): string | undefined {
  const iv = sealed.subarray(0, lengths.iv);
  const tag = sealed.subarray(lengths.iv, lengths.iv + lengths.tag);
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(row)).setAuthTag(tag);
    const body = sealed.subarray(lengths.iv + lengths.tag);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
