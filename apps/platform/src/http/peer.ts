import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import proxyaddr from '@fastify/proxy-addr';

/** Who is at the other end of a connection. */
export type Peer = {
  /** The address behind the proxies that are trusted. */
  readonly address: string;
  /** SHA-256 of the client's certificate (DER), lower-case hex; undefined when it showed none. */
  readonly certificateSha256: string | undefined;
};

/** Where a proxy that ends TLS puts the client's certificate: PEM, URL-encoded (nginx: `$ssl_client_escaped_cert`). */
const certificateHeader = 'x-ssl-client-cert';

/** Longest such header that is read, characters. */
const maxCertificateLength = 32 * 1024;

/**
 * Makes what tells the peer of a request. What proxies say of it is believed only of those that are trusted.
 * @param trustedProxies addresses and networks, as `TRUSTED_PROXIES` has them.
 */
export function peerReader(trustedProxies: readonly string[]): (request: IncomingMessage) => Peer {
  const isTrusted = proxyaddr.compile([...trustedProxies]);
  return (request) => {
    const { socket } = request;
    const nearest = socket.remoteAddress ?? '';
    const told = nearest !== '' && isTrusted(nearest, 0) ? request.headers[certificateHeader] : undefined;
    return {
      address: proxyaddr(request, isTrusted) ?? nearest,
      certificateSha256:
        socket instanceof TLSSocket
          ? sha256(socket.getPeerCertificate().raw)
          : sha256(typeof told === 'string' ? readPem(told) : undefined),
    };
  };
}

function readPem(escaped: string): Buffer | undefined {
  if (escaped.length > maxCertificateLength) return undefined;
  try {
    return new X509Certificate(decodeURIComponent(escaped)).raw;
  } catch {
    return undefined;
  }
}

function sha256(certificate: Buffer | undefined): string | undefined {
  return certificate && createHash('sha256').update(certificate).digest('hex');
}
