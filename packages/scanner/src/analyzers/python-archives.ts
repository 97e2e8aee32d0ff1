import type { AnalyzedFile, Analyzer } from './analyzer.ts';
import { readZipEntry, zipEntries, ZipEndings } from './jar/zip.ts';
import { python } from './python.ts';

const wanted = new ZipEndings(['/PKG-INFO', '/METADATA']);

/** Largest metadata file; the longest descriptions have 500 kB. */
const maxMetadataBytes = 4 * 1024 * 1024;

/**
 * Reads Python packages that are still zipped: eggs, which Python imports as they are, and wheels, as Debian and the
 * interpreter itself carry them for new environments (setuptools, "Egg formats"; packaging.python.org, "Binary
 * distribution format").
 */
export const pythonArchives: Analyzer = {
  id: 'python-archives',
  version: 1,
  kind: 'application',
  // The directory is at the end, so they are held whole; larger ones hold compiled code for model training.
  maxFileBytes: 32 * 1024 * 1024,
  readsSparsely: true,
  places: [],
  endings: ['.egg', '.whl'],
  wants: (path) => path.endsWith('.egg') || path.endsWith('.whl'),

  read(file) {
    for (const entry of zipEntries(file.bytes, wanted)) {
      if (!/^(?:EGG-INFO\/PKG-INFO|[^/]+\.dist-info\/METADATA)$/.test(entry.name)) continue;
      const bytes = readZipEntry(file.bytes, entry, maxMetadataBytes);
      const { packages = [] } = python.read({ ...file, bytes });
      const nestedIn = carrier(file);
      return { packages: packages.map((fact) => (nestedIn ? { ...fact, nestedIn } : fact)) };
    }
    file.warn('The archive has no metadata of a Python package');
    return {};
  },
};

/** What brings wheels only to install them elsewhere: `ensurepip/_bundled` of the interpreter, Debian's folder. */
function carrier({ path }: AnalyzedFile): string | undefined {
  return /(?:^|\/)(?:(ensurepip)\/_bundled|usr\/share\/(python-wheels))\/[^/]+$/
    .exec(path)
    ?.slice(1)
    .find(Boolean);
}
