import { constants, zstdDecompressSync } from 'node:zlib';
import type { OwnedFiles } from '../layers/layer-facts.ts';
import type { Analyzer } from './analyzer.ts';
import { parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';

/** Bytes of the manifest unpacked: 200 packages with all their paths have 3 MB. */
const maxPlainBytes = 64 * 1024 * 1024;
/** The window is memory that a hostile file would have us take; 8 MiB is what encoders use unless told otherwise. */
const params = { [constants.ZSTD_d_windowLogMax]: 23 };
/** Lines read: one per path, slice and package. */
const maxLines = 500_000;

/**
 * Reads what Ubuntu's Chisel cut out of Debian packages (documentation.ubuntu.com/chisel, "Chisel manifest"): lines of
 * JSON, compressed by zstd, one for each package and for each path with the slice that brought it.
 */
export const chisel: Analyzer = {
  id: 'chisel',
  version: 1,
  kind: 'system',
  maxFileBytes: 8 * 1024 * 1024,
  places: ['var/lib/chisel/manifest.wall'],
  endings: ['/manifest.wall'],
  // Slice definitions may put it elsewhere; those that Ubuntu publishes do not.
  wants: (path) => path.endsWith('/chisel/manifest.wall'),

  read(file) {
    const packages = new PackageList('deb', 'installed');
    const owned = new Map<string, string[]>();
    const text = zstdDecompressSync(file.bytes, { maxOutputLength: maxPlainBytes, params }).toString('utf8');
    const lines = text.split('\n', maxLines);
    if (record(parseJson(Buffer.from(lines[0]!)))['jsonwall'] === undefined) {
      throw new Error('The file does not begin as a jsonwall');
    }
    for (const line of lines) {
      if (line.startsWith('{"kind":"package"')) readPackage(line, packages);
      else if (line.startsWith('{"kind":"content"')) readContent(line, owned, (path) => file.proves(path));
    }
    const owns: OwnedFiles[] = [...owned].map(([name, paths]) => ({ package: name, paths }));
    return { packages: packages.packages, ...(owns.length > 0 && { owns }) };
  },
};

function readPackage(line: string, packages: PackageList): void {
  const { name, version, arch } = record(JSON.parse(line));
  packages.add(name, version, typeof arch === 'string' && arch.length <= 64 ? { arch } : {});
}

/** `{"kind":"content","slice":"libc6_libs","path":"/lib/.."}`: package names have no underscore. */
function readContent(line: string, owned: Map<string, string[]>, proves: (path: string) => boolean): void {
  const { slice, path } = record(JSON.parse(line));
  if (typeof slice !== 'string' || typeof path !== 'string' || !proves(path.slice(1))) return;
  const name = slice.split('_', 1)[0]!;
  const paths = owned.get(name);
  if (paths) paths.push(path.slice(1));
  else owned.set(name, [path.slice(1)]);
}
