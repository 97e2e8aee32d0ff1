import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Notification } from './sender.ts';

/** Whether a notification shows that its sender knows the secret. */
export type Proof = (notification: Notification, secret: string) => boolean;

/** The secret as the value of `authorization`, alone, as a bearer token, or as the password of a Basic login. */
export const authorizationProof: Proof = ({ headers }, secret) => {
  const value = headers.authorization ?? '';
  const basic = /^basic\s+(\S+)$/i.exec(value)?.[1];
  const password = basic && /^[^:]*:([^]*)$/.exec(Buffer.from(basic, 'base64').toString('utf8'))?.[1];
  const bearer = /^bearer\s+(.+)$/i.exec(value)?.[1];
  return [value, bearer ?? '', password ?? ''].map((given) => isSame(given, secret)).includes(true);
};

/** A header with the HMAC of the body, in hex, after a prefix. */
export function hmacProof(algorithm: 'sha1' | 'sha256', header: string, prefix = ''): Proof {
  return ({ headers, bytes }, secret) => {
    const expected = prefix + createHmac(algorithm, secret).update(bytes).digest('hex');
    return isSame(String(headers[header] ?? '').toLowerCase(), expected);
  };
}

/** A header with the secret itself. */
export function headerProof(header: string): Proof {
  return ({ headers }, secret) => isSame(String(headers[header] ?? ''), secret);
}

/** Any of these proofs. */
export function anyProof(...proofs: readonly Proof[]): Proof {
  return (notification, secret) => proofs.map((proof) => proof(notification, secret)).includes(true);
}

/** Compares what was given with a secret in a time that tells nothing of either. */
export function isSame(given: string, secret: string): boolean {
  const [a, b] = [given, secret].map((text) => createHash('sha256').update(text).digest()) as [
    Buffer,
    Buffer,
  ];
  return timingSafeEqual(a, b);
}
