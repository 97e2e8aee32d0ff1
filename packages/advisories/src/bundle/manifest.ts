import { AdvisoriesError } from '../advisories-error.ts';
import { asList, asObject, instantOf, textOf } from '../json-fields.ts';

/** The first file of a bundle, which lists the others. */
export const manifestName = 'plimsoll-advisories.json';

/** What a bundle says about itself. */
export type BundleManifest = {
  readonly format: 1;
  /** When its sources were read, ISO 8601. */
  readonly createdAt: string;
  readonly files: readonly BundleFile[];
};

export type BundleFile = {
  /** Path in the bundle, with slashes: `osv/Debian/all.zip`. */
  readonly path: string;
  /** Where it was read from. */
  readonly source: string;
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
};

const maxPathLength = 300;

/** Reads a bundle's list of files. @throws {AdvisoriesError} `invalid` */
export function readManifest(bytes: Buffer, bundle: string): BundleManifest {
  const manifest = parsed(bytes, bundle);
  const createdAt = instantOf(manifest['createdAt']);
  const listed = asList(manifest['files']);
  const files = listed.flatMap((one): BundleFile[] => {
    const file = asObject(one);
    const [path, sha256] = [textOf(file['path'], maxPathLength), textOf(file['sha256'], 64)];
    const { sizeBytes } = file;
    if (!path || !sha256 || typeof sizeBytes !== 'number') return [];
    return [{ path, sha256, sizeBytes, source: textOf(file['source'], maxPathLength) ?? '' }];
  });
  if (manifest['format'] !== 1 || !createdAt || files.length !== listed.length) {
    throw new AdvisoriesError(
      'invalid',
      `The list of files in ${bundle} is not of a kind that this release reads`,
    );
  }
  return { format: 1, createdAt, files };
}

function parsed(bytes: Buffer, bundle: string) {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new AdvisoriesError('invalid', `The list of files in ${bundle} is damaged`, { cause: error });
  }
}
