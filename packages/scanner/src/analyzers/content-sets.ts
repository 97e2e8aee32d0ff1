import { isWord, type Analyzer } from './analyzer.ts';
import { list, parseJson, record } from './json.ts';

/** Repositories named of one image; Red Hat's own name a dozen. */
const maxContentSets = 200;

/**
 * Reads which of Red Hat's repositories an image was built from: the manifests that its build systems leave, in the place
 * of each (containerbuildsystem/atomic-reactor, `content_manifest.json`; konflux-ci, `content-sets.json`).
 */
export const contentSets: Analyzer = {
  id: 'content-sets',
  version: 1,
  kind: 'system',
  // They may list the sources of everything in the image.
  maxFileBytes: 8 * 1024 * 1024,
  places: ['root/buildinfo/content_manifests', 'usr/share/buildinfo'],
  endings: ['.json'],
  wants: (path) =>
    path.endsWith('.json') &&
    /^(?:root\/buildinfo\/content_manifests|usr\/share\/buildinfo)\/[^/]+$/.test(path),

  read(file) {
    const sets = list(record(parseJson(file.bytes))['content_sets'])
      .filter((name): name is string => isWord(name) && name.length <= 256)
      .slice(0, maxContentSets);
    return sets.length > 0 ? { contentSets: sets } : {};
  },
};
