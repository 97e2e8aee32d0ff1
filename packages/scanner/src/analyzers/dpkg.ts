import type { FileFacts, PackageFact } from '../layers/layer-facts.ts';
import { isWord, type AnalyzedFile, type Analyzer } from './analyzer.ts';
import { textLines } from './text-lines.ts';

const statusFile = 'var/lib/dpkg/status';
/** Distroless images have one file per package here, and its file list beside it as `NAME.md5sums`. */
const statusFolder = 'var/lib/dpkg/status.d/';
const infoFolder = 'var/lib/dpkg/info/';

/**
 * Reads the package databases of Debian and its children (deb-control(5), dpkg(1)): installed packages with their
 * source, and which files they own.
 */
export const dpkg: Analyzer = {
  id: 'dpkg',
  version: 2,
  kind: 'system',
  // A desktop with 4,000 packages has 5 MB of status; the largest file list (kernel headers) has 2 MB.
  maxFileBytes: 32 * 1024 * 1024,
  places: [statusFile, 'var/lib/dpkg/status.d', 'var/lib/dpkg/info'],
  wants: (path) =>
    path.startsWith('var/lib/dpkg/') &&
    (path === statusFile ||
      (path.startsWith(infoFolder) && path.endsWith('.list')) ||
      (path.startsWith(statusFolder) && path.length > statusFolder.length)),

  read(file) {
    if (file.path.startsWith(infoFolder)) return readFileList(file, infoFolder, '.list');
    if (file.path.endsWith('.md5sums')) return readFileList(file, statusFolder, '.md5sums');
    return readStatus(file);
  },
};

/** The fields of a record that are read; the others are passed over. */
const fieldNames = new Set(['Package', 'Status', 'Version', 'Architecture', 'Source', 'Origin']);

function readStatus(file: AnalyzedFile): FileFacts {
  const packages: PackageFact[] = [];
  const isPerPackage = file.path !== statusFile;
  let record = new Map<string, string>();
  let broken = 0;

  const endRecord = () => {
    if (record.size === 0) return;
    // In status.d the presence of the file says installed.
    const isInstalled = record.has('Status') ? isInstalledStatus(record.get('Status')!) : isPerPackage;
    const fact = isInstalled ? packageOf(record) : undefined;
    if (fact) packages.push(fact);
    else if (isInstalled || !record.has('Status')) broken += 1;
    record = new Map();
  };
  for (const line of textLines(file.bytes.toString('utf8'))) {
    if (line === '') {
      endRecord();
      continue;
    }
    const colon = line.indexOf(':');
    // Lines that begin with a space continue the field before.
    const name = colon > 0 ? line.slice(0, colon) : '';
    if (fieldNames.has(name)) record.set(name, line.slice(colon + 1).trim());
    else if (record.size === 0 && line.trim() !== '') record.set('', '');
  }
  endRecord();
  if (broken > 0) file.warn(`${broken} records have no usable package name, version or status`);
  return { packages };
}

/**
 * `want flag state`: what is wanted of a package (`install`, `hold` ..) does not matter, what it is does. With
 * triggers outstanding a package is unpacked and configured all the same.
 */
function isInstalledStatus(status: string): boolean {
  return /\s(?:installed|triggers-awaited|triggers-pending)$/.test(status);
}

function packageOf(record: ReadonlyMap<string, string>): PackageFact | undefined {
  const name = record.get('Package');
  const version = record.get('Version');
  if (!isWord(name) || !isWord(version)) return undefined;
  const arch = record.get('Architecture');
  const origin = record.get('Origin');
  // `Source: gcc-12 (12.2.0-14)`; without the bracket the version is the package's own.
  const source = /^(\S+)(?:\s+\((\S+)\))?$/.exec(record.get('Source') ?? name);
  const sourceName = source?.[1] ?? name;
  const sourceVersion = source?.[2] ?? version;
  return {
    type: 'deb',
    name,
    version,
    ...(isWord(arch) && arch.length <= 64 && { arch }),
    ...((sourceName !== name || sourceVersion !== version) &&
      isWord(sourceName) &&
      isWord(sourceVersion) && { sourceName, sourceVersion }),
    ...(origin && { origin: origin.slice(0, 512) }),
    evidence: 'installed',
  };
}

/** `/usr/share/x` per line in `.list`, `md5  usr/share/x` in `.md5sums`; the file's name is the package's. */
function readFileList(file: AnalyzedFile, folder: string, ending: string): FileFacts {
  const name = file.path.slice(folder.length, -ending.length).replace(/:[^:]*$/, '');
  const paths: string[] = [];
  let previous = '';
  for (const line of textLines(file.bytes.toString('utf8'))) {
    const path = line[0] === '/' ? line.slice(1) : line.replace(/^[0-9a-f]{32}\s+\/?/, '');
    // A folder stands right before what is in it; its name can look like that of a program.
    if (paths.at(-1) === previous && path.startsWith(`${previous}/`)) paths.pop();
    if (file.proves(path)) paths.push(path);
    previous = path;
  }
  return paths.length > 0 && isWord(name) ? { owns: [{ package: name, paths }] } : {};
}
