import { BrokerClientError } from './broker-client-error.ts';

export type RequestTarget = {
  /** The path, decoded. It holds plain characters only, so it is the same in every spelling a server may use. */
  readonly path: string;
  /** The query with its `?`, as it came; empty without one. */
  readonly query: string;
};

/** Longest target that is read, characters. */
const maxTargetLength = 8_192;

/**
 * What a path segment may hold once decoded: everything that names of repositories, tags and digests need. Without
 * `%`, `/`, `\`, `;` and control characters there is nothing left that one server reads differently from another.
 */
const plainSegment = /^[A-Za-z0-9._~@:+-]+$/;

/**
 * Reads the target of a request so that what is matched is exactly what is sent on.
 * @throws {BrokerClientError} `blocked`, when the path could be read in two ways: encoded slashes, double encoding,
 * dot segments, empty segments, backslashes, parameters, control characters.
 */
export function readTarget(target: string): RequestTarget {
  if (target.length > maxTargetLength) throw blocked('the address is too long');
  const [, rawPath = '', query = ''] = /^(\/[^?]*)(\?.*)?$/s.exec(target) ?? [];
  if (!rawPath) throw blocked('the address does not begin with /');
  // Printable ASCII without `#`, which would cut the address short further on.
  if (!/^[!"$-~]*$/.test(query)) throw blocked('the query holds characters that must be encoded');
  const segments = rawPath.slice(1).split('/').map(decodeSegment);
  return { path: `/${segments.join('/')}`, query };
}

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw blocked('the path is not well encoded');
  }
  if (!plainSegment.test(decoded))
    throw blocked('the path holds an empty segment or a character that is not allowed');
  if (decoded === '.' || decoded === '..') throw blocked('the path holds a dot segment');
  return decoded;
}

function blocked(why: string): BrokerClientError {
  return new BrokerClientError('blocked', why);
}
