import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { AdvisoriesError } from './advisories-error.ts';

/** The largest archive taken. The largest of the public ones has a few hundred MB. */
const maxDownloadBytes = 2 * 1024 ** 3;
/** Longest a whole download may take: the largest archive over a slow line. */
const downloadTimeoutMs = 30 * 60_000;
/** Longest silence of the other side. */
const idleTimeoutMs = 60_000;
const maxRedirects = 5;
/** A list of ecosystems has a few hundred bytes. */
const maxTextBytes = 1024 * 1024;

/**
 * Downloads an address into a file that is deleted on disposal.
 * @throws {AdvisoriesError} `not-found`, `unavailable` or `too-large`.
 */
export async function downloadToFile(
  address: string,
  folder: string = tmpdir(),
  signal?: AbortSignal,
): Promise<{ path: string } & AsyncDisposable> {
  const temporary = await mkdtemp(join(folder, 'plimsoll-advisories-'));
  const remove = () => rm(temporary, { recursive: true, force: true });
  const path = join(temporary, 'all.zip');
  try {
    const limit = limited(signal);
    const body = await get(address, limit);
    await pipeline(body, bounded(address, maxDownloadBytes), createWriteStream(path), { signal: limit });
  } catch (error) {
    await remove();
    throw translated(error, address, signal);
  }
  return { path, [Symbol.asyncDispose]: remove };
}

/**
 * Downloads a small text.
 * @throws {AdvisoriesError} `not-found`, `unavailable` or `too-large`.
 */
export async function downloadText(address: string, signal?: AbortSignal): Promise<string> {
  try {
    const parts: Buffer[] = [];
    for await (const part of bounded(address, maxTextBytes)(await get(address, limited(signal)))) {
      parts.push(part);
    }
    return Buffer.concat(parts).toString('utf8');
  } catch (error) {
    throw translated(error, address, signal);
  }
}

async function get(address: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
  let at = new URL(address);
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const { statusCode, headers, body } = await request(at, {
      signal,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
    });
    if (statusCode === 200) return completeBody(body, headers['content-length'], address);
    await body.dump();
    const { location } = headers;
    if (statusCode < 300 || statusCode >= 400 || typeof location !== 'string') {
      const code = statusCode === 404 ? 'not-found' : 'unavailable';
      throw new AdvisoriesError(code, `${address} answered ${statusCode}`);
    }
    const next = new URL(location, at);
    if (next.protocol !== 'https:' && next.protocol !== at.protocol) {
      throw new AdvisoriesError(
        'unavailable',
        `${address} redirects from ${at.protocol} to ${next.protocol}`,
      );
    }
    at = next;
  }
  throw new AdvisoriesError('unavailable', `${address} redirects more than ${maxRedirects} times`);
}

/** A download that breaks off must not pass for a shorter archive. */
async function* completeBody(
  body: AsyncIterable<Buffer>,
  announced: string | string[] | undefined,
  address: string,
): AsyncIterable<Buffer> {
  let received = 0;
  for await (const part of body) {
    received += part.length;
    yield part;
  }
  if (typeof announced === 'string' && received !== Number(announced)) {
    throw new AdvisoriesError('unavailable', `${address} ended after ${received} of ${announced} bytes`);
  }
}

function bounded(address: string, maxBytes: number) {
  return async function* (source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    let received = 0;
    for await (const part of source) {
      received += part.length;
      if (received > maxBytes) {
        throw new AdvisoriesError('too-large', `${address} is larger than ${maxBytes} bytes`);
      }
      yield part;
    }
  };
}

function limited(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(downloadTimeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

function translated(error: unknown, address: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof AdvisoriesError || signal?.aborted) return error;
  return new AdvisoriesError('unavailable', `Could not download ${address}`, { cause: error });
}
