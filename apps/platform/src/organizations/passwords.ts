import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Cost of new hashes: 32 MiB and some 80 ms (OWASP Password Storage Cheat Sheet, scrypt). */
const cost = { N: 2 ** 15, r: 8, p: 1 } as const;
const keyBytes = 32;

/** Hashes a password: `scrypt$N$r$p$salt$hash`, the last two in base64. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password.normalize('NFC'), salt, keyBytes, options(cost.N, cost.r, cost.p));
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Whether this is the password of the hash. */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const [scheme, N, r, p, salt, key] = hash.split('$');
  if (scheme !== 'scrypt' || !salt || !key) return false;
  const expected = Buffer.from(key, 'base64');
  const settings = options(Number(N), Number(r), Number(p));
  const actual = await derive(
    password.normalize('NFC'),
    Buffer.from(salt, 'base64'),
    expected.length,
    settings,
  );
  return timingSafeEqual(actual, expected);
}

function options(N: number, r: number, p: number): ScryptOptions {
  return { N, r, p, maxmem: 256 * N * r };
}
