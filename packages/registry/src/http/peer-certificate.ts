import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { hostOf } from '../registry-base.ts';
import type { EgressRules } from './egress-rules.ts';

/** Longest time for a look at a certificate, milliseconds: somebody waits for the error that it explains. */
const lookMs = 5_000;
/** A hostile certificate may hold long names. */
const maxLength = 200;

/**
 * Tells whose certificate a server presents, for the explanation of why it is not trusted: a sentence, or nothing when
 * there is none to be seen. Shakes hands and sends nothing.
 */
export async function describeCertificate(url: URL, egress: EgressRules): Promise<string> {
  const host = hostOf(url);
  const { promise, resolve } = Promise.withResolvers<DetailedPeerCertificate | undefined>();
  const socket = connect({
    host,
    port: Number(url.port) || 443,
    // Whom it is for is what we want to know; what is not trusted gets no request.
    rejectUnauthorized: false,
    lookup: egress.lookup,
    ...(isIP(host) === 0 && { servername: host }),
  });
  socket.setTimeout(lookMs, () => socket.destroy());
  socket.once('secureConnect', () => resolve(socket.getPeerCertificate(true)));
  socket.on('error', () => resolve(undefined));
  socket.once('close', () => resolve(undefined));
  const certificate = await promise;
  socket.destroy();
  return certificate ? sentenceOf(certificate) : '';
}

function sentenceOf({ subject, issuer, subjectaltname, valid_to }: DetailedPeerCertificate): string {
  const own = nameOf(subject);
  const names = [own, subjectaltname && clean(subjectaltname)].filter(Boolean).join('; ');
  if (!names) return '';
  const by = nameOf(issuer);
  const signed = by === own ? 'signed by itself' : `signed by ${by || 'nobody named'}`;
  const until = Date.parse(valid_to);
  const end = Number.isNaN(until) ? '' : `, valid until ${new Date(until).toISOString()}`;
  return ` Its certificate is for ${names}, ${signed}${end}.`;
}

/** The name as X.500 writes it (RFC 4514). Node gives a list where a part occurs several times. */
function nameOf(name: DetailedPeerCertificate['subject'] | undefined): string {
  const parts = Object.entries(name ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  return clean(parts.toReversed().join(','));
}

function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxLength);
}
