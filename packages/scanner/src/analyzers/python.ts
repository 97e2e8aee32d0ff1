import type { FileFacts } from '../layers/layer-facts.ts';
import { isWord, type AnalyzedFile, type Analyzer } from './analyzer.ts';

/**
 * Reads installed Python packages: `METADATA` of wheels, `PKG-INFO` of eggs and of what distutils installed
 * (packaging.python.org, "Core metadata specifications").
 */
export const python: Analyzer = {
  id: 'python',
  version: 1,
  kind: 'application',
  // Only the head is read, but the long description follows in the same file; the longest have 500 kB.
  maxFileBytes: 4 * 1024 * 1024,
  places: [],
  endings: ['.dist-info/METADATA', '.egg-info', '/PKG-INFO'],
  wants: (path) =>
    path.endsWith('.dist-info/METADATA') ||
    path.endsWith('.egg-info') ||
    path.endsWith('.egg-info/PKG-INFO') ||
    path.endsWith('/EGG-INFO/PKG-INFO'),
  read: readMetadata,
};

/** Headers as in mail; the description begins after a blank line. Real heads have 100 lines. */
const maxHeadBytes = 256 * 1024;

function readMetadata(file: AnalyzedFile): FileFacts {
  let name = '';
  let version = '';
  for (const line of file.bytes.toString('utf8', 0, maxHeadBytes).split(/\r?\n/)) {
    if (line === '' || (name && version)) break;
    if (/^name:/i.test(line)) name ||= line.slice('name:'.length).trim();
    else if (/^version:/i.test(line)) version ||= line.slice('version:'.length).trim();
  }
  if (!isWord(name) || !isWord(version)) {
    file.warn('The metadata has no usable package name or version');
    return {};
  }
  // pip and setuptools carry copies of what they need; the remedy is another version of them.
  const nestedIn = /(?:^|\/)([^/]+)\/_vendor\//.exec(file.path)?.[1];
  return {
    packages: [{ type: 'pypi', name, version, evidence: 'installed', ...(nestedIn && { nestedIn }) }],
  };
}
