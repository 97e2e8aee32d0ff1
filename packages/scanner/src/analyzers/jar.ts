import { createHash } from 'node:crypto';
import type { Analyzer } from './analyzer.ts';
import { guessCoordinates, readPomProperties, type Coordinates } from './jar/jar-identity.ts';
import { readZipEntry, zipEntries, ZipEndings, type ZipEntry } from './jar/zip.ts';
import { PackageList } from './package-list.ts';

const mebibyte = 1024 * 1024;

/** Jars, web and enterprise archives, and the plugins of Jenkins and Karaf. */
const endings = ['.jar', '.war', '.ear', '.par', '.sar', '.hpi', '.jpi', '.kar', '.lpkg'];
const isArchive = (name: string) => endings.some((ending) => name.endsWith(ending));
const manifestName = 'META-INF/MANIFEST.MF';
/** What is read of an archive. */
const wanted = new ZipEndings([...endings, '/pom.properties', manifestName]);

/** Archives in archives in archives: an ear with a war with a fat jar is the deepest that is built. */
const maxDepth = 4;
/** Bytes of nested archives read of one file: twice what the file may have, for inner ones may be deflated. */
const maxNestedBytes = 256 * mebibyte;
/** Bytes of inflated archives held at once, each inside the one before: a war of this size in an ear. */
const maxHeldBytes = 128 * mebibyte;
/** Largest manifest or properties file; OSGi manifests have 200 kB. */
const maxTextBytes = mebibyte;
/** Manifests and properties files read of one file. The largest fat jars hold 1,000 libraries. */
const maxTexts = 20_000;

/**
 * Reads Java archives: what Maven wrote into them, else their manifest and name; also the archives inside, and the
 * libraries that were merged into one.
 */
export const jar: Analyzer = {
  id: 'jar',
  version: 2,
  kind: 'application',
  // Fat jars have 100 MB; the directory is at the end, so they are held whole.
  maxFileBytes: 128 * mebibyte,
  readsSparsely: true,
  places: [],
  endings,
  wants: isArchive,

  read(file) {
    const packages = new PackageList('maven', 'installed');
    const nameless = new PackageList('generic', 'installed');
    const budget = { nestedBytes: maxNestedBytes, texts: maxTexts, isCut: false };
    readArchive(file.bytes, { names: [baseName(file.path)], packages, nameless, budget, heldBytes: 0 });
    if (budget.isCut) file.warn('Some archives in the archive could not be read, or are more than are read');
    return { packages: [...packages.packages, ...nameless.packages] };
  },
};

type Budget = { nestedBytes: number; texts: number; isCut: boolean };
type Reading = {
  /** Names of the archives around what is read, from the file inwards. */
  readonly names: readonly string[];
  readonly packages: PackageList;
  /** Those without a group, which are no packages of Maven to anybody who looks them up. */
  readonly nameless: PackageList;
  readonly budget: Budget;
  /** Bytes of inflated archives that are held around what is read. */
  readonly heldBytes: number;
};

function readArchive(bytes: Buffer, reading: Reading): void {
  const { names, packages, nameless, budget } = reading;
  const found: Coordinates[] = [];
  let manifest = '';
  for (const entry of zipEntries(bytes, wanted)) {
    if (/^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/.test(entry.name)) {
      const coordinates = readPomProperties(readText(bytes, entry, budget));
      if (coordinates) found.push(coordinates);
    } else if (entry.name === manifestName) manifest = readText(bytes, entry, budget);
    else if (isArchive(entry.name)) readNested(bytes, entry, reading);
  }
  const fileName = names.at(-1)!;
  // What is in an archive, nested or merged, goes when the outermost one is replaced.
  const nested = names.length > 1 ? { nestedIn: names[0]! } : {};
  const own = ownCoordinates(fileName, found) ?? guessCoordinates(fileName, manifest);
  if (own?.name.includes(':')) packages.add(own.name, own.version, nested);
  else if (own || (found.length === 0 && fileName.endsWith('.jar'))) {
    // Without a group nobody knows whose archive it is: its hash tells those who have a list of all.
    const { name, version } = own ?? { name: fileName.replace(/\.\w+$/, ''), version: 'unknown' };
    nameless.add(name, version, { ...nested, sha1: createHash('sha1').update(bytes).digest('hex') });
  }
  for (const { name, version } of found) packages.add(name, version, { nestedIn: names[0]! });
}

/** Coordinates are the archive's own when its name tells them; single ones also when it tells nothing else. */
function ownCoordinates(fileName: string, found: readonly Coordinates[]): Coordinates | undefined {
  const title = fileName.replace(/\.\w+$/, '');
  const own = found.find(({ name, version }) => {
    const artifact = name.slice(name.indexOf(':') + 1);
    return title === artifact || title.startsWith(`${artifact}-${version}`);
  });
  const isVersioned = /-\d/.test(title);
  return (
    own ?? (found.length === 1 && (!isVersioned || title.endsWith(found[0]!.version)) ? found[0] : undefined)
  );
}

function readNested(bytes: Buffer, entry: ZipEntry, reading: Reading): void {
  const { names, budget, heldBytes } = reading;
  if (names.length >= maxDepth) {
    budget.isCut = true;
    return;
  }
  try {
    const nested = readZipEntry(bytes, entry, Math.min(budget.nestedBytes, maxHeldBytes - heldBytes));
    budget.nestedBytes -= nested.length;
    readArchive(nested, {
      ...reading,
      names: [...names, baseName(entry.name)],
      heldBytes: heldBytes + (nested.buffer === bytes.buffer ? 0 : nested.length),
    });
  } catch {
    budget.isCut = true;
  }
}

function readText(bytes: Buffer, entry: ZipEntry, budget: Budget): string {
  budget.texts -= 1;
  try {
    if (budget.texts < 0) throw new Error('The archive has more manifests than are read');
    return readZipEntry(bytes, entry, maxTextBytes).toString('utf8');
  } catch {
    budget.isCut = true;
    return '';
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
