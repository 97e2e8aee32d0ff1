import { createHmac } from 'node:crypto';
import type { Signing } from './sender.conformance.ts';

export const [digest, child] = ['1', '2'].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
/** What the samples of most senders are about. */
export const image = { repository: 'team/app', tag: '1.0' };
/** Media type of a multi-platform image. */
export const index = 'application/vnd.oci.image.index.v1+json';

const basic = (secret: string) => `Basic ${Buffer.from(`plimsoll:${secret}`).toString('base64')}`;
/** The three forms of a static authorization. */
export const authorizations: Signing[] = [
  (_, secret) => ({ authorization: secret }),
  (_, secret) => ({ authorization: `Bearer ${secret}` }),
  (_, secret) => ({ authorization: basic(secret) }),
];
/** The HMAC of a body, in hex. */
export const hmac = (algorithm: string, bytes: Buffer, secret: string) =>
  createHmac(algorithm, secret).update(bytes).digest('hex');

/** A push event of distribution, with this target. */
export function registryEvent(target: object, more: object = {}) {
  return {
    id: '9a98',
    timestamp: '2024-01-02T03:04:05.363109104Z',
    action: 'push',
    target: {
      size: 1245,
      length: 1245,
      repository: 'team/app',
      url: 'https://evil.test/v2/team/app/manifests/x',
      ...target,
    },
    request: { id: '30dc', addr: '10.0.0.9:43146', host: 'r.test', method: 'PUT', useragent: 'skopeo/1.9.3' },
    actor: { name: 'alice' },
    source: { addr: 'reg:5443', instanceID: '812b' },
    ...more,
  };
}
