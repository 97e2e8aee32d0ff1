import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import { ConfigError, type Logger } from '@plimsoll/runtime';

/** Certificate chain and private key, PEM. */
export type KeyPair = { readonly cert: string; readonly key: string };

/** How often the files are looked at, milliseconds. Mounted secrets are links, which file events do not follow. */
const lookEveryMs = 10_000;

/**
 * Reads the files of `HTTPS_CERT` and `HTTPS_KEY`; undefined when neither is set.
 * @throws {ConfigError} when one is missing, cannot be read, or does not belong to the other.
 */
export function readKeyPair(config: {
  readonly HTTPS_CERT?: string | undefined;
  readonly HTTPS_KEY?: string | undefined;
}): KeyPair | undefined {
  const { HTTPS_CERT: certPath, HTTPS_KEY: keyPath } = config;
  if (certPath === undefined || keyPath === undefined) return undefined;
  try {
    const pair = { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new ConfigError(
      ['HTTPS_CERT', 'HTTPS_KEY'],
      `The environment cannot be used:\n  HTTPS_CERT, HTTPS_KEY: no certificate with its key can be read: ${why}`,
    );
  }
}

/** Serves new connections with the new certificate once its files change. Returns what ends the watch. */
export function reloadKeyPair(
  server: Server,
  config: { readonly HTTPS_CERT?: string | undefined; readonly HTTPS_KEY?: string | undefined },
  inUse: KeyPair,
  log: Logger,
  everyMs: number = lookEveryMs,
): () => void {
  let current = inUse;
  let isFaulty = false;
  const look = () => {
    try {
      const found = readKeyPair(config);
      isFaulty = false;
      if (!found || (found.cert === current.cert && found.key === current.key)) return;
      server.setSecureContext(found);
      current = found;
      log.info('certificate reloaded');
    } catch (error) {
      if (!isFaulty) log.warn({ err: error }, 'certificate not reloaded: the one before stays in use');
      isFaulty = true;
    }
  };
  const timer = setInterval(look, everyMs).unref();
  return () => clearInterval(timer);
}
