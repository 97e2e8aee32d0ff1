import { zstdCompressSync } from 'node:zlib';
import { rawTar, type RawTarEntry } from '@plimsoll/testkit';

/** For tests: an image that means harm, and what a scan of it has to say. */
export type HostileImage = {
  readonly what: string;
  /** Its upper layer as stored, in whatever compression. */
  readonly layer: Buffer;
  /** Codes of the warnings: each names the problem. */
  readonly warnings: readonly string[];
  /** Packages of the hostile layer that are reported all the same, `name version`. */
  readonly finds: readonly string[];
};

/** For tests: a file of a layer. */
export const file = (name: string, body: Buffer | string = ''): RawTarEntry => ({ name, body });

/** For tests: a package that a layer installs. */
export const installed = (name: string, version = '1'): RawTarEntry =>
  file(`app/node_modules/${name}/package.json`, JSON.stringify({ name, version }));

/** What stands in each hostile layer beside what is hostile, at its beginning. */
export const honest = installed('honest');
export const honestPackage = 'honest 1';

/** For tests: a layer with an honest package before and one after the hostile entries. */
export function hostile(
  what: string,
  entries: readonly RawTarEntry[],
  warnings: readonly string[],
): HostileImage {
  // Compressed, for some have a hundred megabytes of the same.
  const layer = zstdCompressSync(rawTar([honest, ...entries, installed('last')]));
  return { what, layer, warnings, finds: [honestPackage, 'last 1'] };
}
