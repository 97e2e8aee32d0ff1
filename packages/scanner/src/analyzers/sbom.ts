import { readSbom } from '../sbom/read-sbom.ts';
import type { Analyzer } from './analyzer.ts';

/** Documents of this size list every file of a large image. */
const maxFileBytes = 32 * 1024 * 1024;

/** Names that say what a file is: `openssl.spdx.json`, Bitnami's `.spdx-redis.spdx`, and JSON in a folder of SBOMs. */
const clearName =
  /(?:^|\/)(?:[^/]+\.(?:spdx|cdx|cyclonedx)\.json|\.spdx-[^/]+\.spdx)$|(?:^|\/)sboms?\/[^/]+\.json$/;
/** Names that may be of something else. */
const likelyName = /^(?:sbom|bom\.json)$|(?:^|\/)sbom\.json$/;

/** SBOMs that somebody's tests read. */
const notOfTheImage = /(?:^|\/)(?:tests?|testdata|__tests__|fixtures|examples?)\//;

/**
 * Reads SBOMs that an image holds about itself. They are claims of whoever built the image: what is in them and was
 * read from the image itself, too, is told as it was read.
 */
export const sbom: Analyzer = {
  id: 'sbom',
  version: 1,
  kind: 'application',
  maxFileBytes,
  places: [],
  endings: ['.json', '.spdx', 'sbom'],
  wants: (path) => (clearName.test(path) || likelyName.test(path)) && !notOfTheImage.test(path),

  read(file) {
    const { path, bytes } = file;
    const isJson = /^\uFEFF?\s*\{/.test(bytes.toString('utf8', 0, 100));
    // Programs are called `sbom`, too.
    if (!isJson && !clearName.test(path)) return {};
    const claims = readSbom(bytes);
    if (!claims) return {};
    const { format, trust, packages, isCut } = claims;
    if (isCut) file.warn('The SBOM names more packages than are taken of one');
    return { sbom: { format, trust }, packages };
  },
};
