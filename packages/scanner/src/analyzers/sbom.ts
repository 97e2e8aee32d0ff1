import { readSbom } from '../sbom/read-sbom.ts';
import type { Analyzer } from './analyzer.ts';

/** Documents of this size list every file of a large image. */
const maxFileBytes = 32 * 1024 * 1024;

/**
 * Names that say what a file is: `openssl.spdx.json`, `app.cdx.xml`, Bitnami's `.spdx-redis.spdx`, `app.spdx` as tags and
 * values, and what lies in a folder of SBOMs.
 */
const clearName =
  /(?:^|\/)(?:[^/]+\.(?:spdx|cdx|cyclonedx)\.json|[^/]+\.(?:cdx|cyclonedx)\.xml|\.spdx-[^/]+\.spdx)$|(?:^|\/)sboms?\/[^/]+\.(?:json|spdx)$/;
/** Names that may be of something else. */
const likelyName =
  /^(?:sbom|bom\.(?:json|xml))$|(?:^|\/)(?:sbom\.(?:json|xml)|[^/]+\.spdx)$|(?:^|\/)sboms?\/[^/]+\.xml$/;

/** How the forms that are read begin. */
const beginning = /^\uFEFF?\s*(?:\{|<|#|SPDXVersion:)/;

/** SBOMs that somebody's tests read. */
const notOfTheImage = /(?:^|\/)(?:tests?|testdata|__tests__|fixtures|examples?)\//;

/**
 * Reads SBOMs that an image holds about itself. They are claims of whoever built the image: what is in them and was
 * read from the image itself, too, is told as it was read.
 */
export const sbom: Analyzer = {
  id: 'sbom',
  version: 2,
  kind: 'application',
  maxFileBytes,
  places: [],
  endings: ['.json', '.spdx', 'sbom', '.xml'],
  wants: (path) => (clearName.test(path) || likelyName.test(path)) && !notOfTheImage.test(path),

  read(file) {
    const { path, bytes } = file;
    // Programs are called `sbom`, too, and documents in other forms end in `.spdx`.
    const isClear = clearName.test(path);
    if (!isClear && !beginning.test(bytes.toString('utf8', 0, 100))) return {};
    const claims = isClear ? readSbom(bytes) : readIfSbom(bytes);
    if (!claims) return {};
    const { format, trust, packages, isCut } = claims;
    if (isCut) file.warn('The SBOM names more packages than are taken of one');
    return { sbom: { format, trust }, packages };
  },
};

/** As `readSbom`; what is not of its forms is nobody's problem where the name promised none. */
function readIfSbom(bytes: Buffer) {
  const isJson = /^\uFEFF?\s*\{/.test(bytes.toString('utf8', 0, 100));
  try {
    return readSbom(bytes);
  } catch (error) {
    if (isJson) throw error;
    return undefined;
  }
}
