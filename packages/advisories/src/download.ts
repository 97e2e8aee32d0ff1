import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AdvisoriesError } from './advisories-error.ts';
import { downloadFailure, get, type Answer } from './http-get.ts';
import { linesOf } from './lines.ts';
import { maxRecordBytes } from './zip-records.ts';

/** The largest archive taken. The largest of the public ones has a few hundred MB. */
const maxDownloadBytes = 2 * 1024 ** 3;
/** Longest a whole download may take: the largest archive over a slow line. */
const downloadTimeoutMs = 30 * 60_000;
/** A list of ecosystems has a few hundred bytes. */
const maxTextBytes = 1024 * 1024;
/** A list of all ids of the largest ecosystem has some 20 MB. */
const maxListBytes = 256 * 1024 * 1024;

/** A download in a file that is deleted on disposal, or nothing because the source is as it was. */
export type Download =
  | { readonly isUnchanged: true }
  | ({
      readonly isUnchanged: false;
      readonly path: string;
      readonly validator: string | undefined;
    } & AsyncDisposable);

/**
 * Downloads an address into a file, unless it is still as its validator says (ETag or Last-Modified, RFC 9110 13.1).
 * @throws {AdvisoriesError} `not-found`, `unavailable` or `too-large`.
 */
export async function downloadToFile(
  address: string,
  { folder = tmpdir(), validator }: { folder?: string | undefined; validator?: string | undefined } = {},
  signal?: AbortSignal,
): Promise<Download> {
  const limit = limited(signal);
  const temporary = await mkdtemp(join(folder, 'plimsoll-advisories-'));
  const remove = () => rm(temporary, { recursive: true, force: true });
  const path = join(temporary, 'download');
  try {
    const answer = await get(address, { validator }, limit);
    if (answer.isUnchanged) {
      await remove();
      return { isUnchanged: true };
    }
    await pipeline(answer.body, bounded(address, maxDownloadBytes), createWriteStream(path), {
      signal: limit,
    });
    return { isUnchanged: false, path, validator: answer.validator, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw downloadFailure(error, address, signal);
  }
}

/**
 * Downloads a small text.
 * @throws {AdvisoriesError} `not-found`, `unavailable` or `too-large`.
 */
export async function downloadText(address: string, signal?: AbortSignal): Promise<string> {
  return (await downloadBytes(address, maxTextBytes, signal)).toString('utf8');
}

/** Downloads one record. @throws {AdvisoriesError} `not-found`, `unavailable` or `too-large`. */
export function downloadRecord(address: string, signal?: AbortSignal): Promise<Buffer> {
  return downloadBytes(address, maxRecordBytes, signal);
}

/** One page of a list. */
export type Page = { readonly value: unknown; readonly link: string | undefined };

/**
 * Downloads one page of a list in JSON. @param headers for the address itself, not for where it redirects to.
 * @throws {AdvisoriesError} with `retryAfterMs` when the other side asks to come later.
 */
export async function downloadPage(
  address: string,
  headers: Record<string, string>,
  signal?: AbortSignal,
): Promise<Page> {
  try {
    const answer = await bodyOf(address, signal, headers);
    const bytes = await joined(bounded(address, maxRecordBytes)(answer.body));
    return { value: JSON.parse(bytes.toString('utf8')), link: answer.link };
  } catch (error) {
    throw downloadFailure(error, address, signal);
  }
}

/** Reads an address line by line; who stops early ends the download. @throws {AdvisoriesError} */
export async function* openLines(address: string, signal?: AbortSignal): AsyncIterable<string> {
  try {
    const { body } = await bodyOf(address, signal);
    yield* linesOf(bounded(address, maxListBytes)(body));
  } catch (error) {
    throw downloadFailure(error, address, signal);
  }
}

async function downloadBytes(address: string, maxBytes: number, signal?: AbortSignal): Promise<Buffer> {
  try {
    const { body } = await bodyOf(address, signal);
    return await joined(bounded(address, maxBytes)(body));
  } catch (error) {
    throw downloadFailure(error, address, signal);
  }
}

async function bodyOf(
  address: string,
  signal: AbortSignal | undefined,
  headers: Record<string, string> = {},
): Promise<Answer & { isUnchanged: false }> {
  const answer = await get(address, { headers }, limited(signal));
  if (answer.isUnchanged) throw new AdvisoriesError('unavailable', `${address} answered 304 unasked`);
  return answer;
}

async function joined(parts: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
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
