import type { OwnedFiles, PackageFact } from '../layers/layer-facts.ts';
import { isWord, type AnalyzedFile, type Analyzer } from './analyzer.ts';
import { textLines } from './text-lines.ts';

// Alpine 3.23 and Wolfi moved the database below /usr.
const databases = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

/** Reads the database of apk (Alpine wiki, "Apk spec"): one letter per field, a blank line between packages. */
export const apk: Analyzer = {
  id: 'apk',
  version: 1,
  kind: 'system',
  // 200 packages take 300 kB; file lists make most of it.
  maxFileBytes: 32 * 1024 * 1024,
  places: databases,
  endings: databases,
  wants: (path) => path.endsWith('lib/apk/db/installed') && databases.includes(path),

  read(file) {
    const packages: PackageFact[] = [];
    const owns: OwnedFiles[] = [];
    let broken = 0;
    for (const { fact, paths } of records(file)) {
      if (!fact) {
        broken += 1;
        continue;
      }
      packages.push(fact);
      if (paths.length > 0) owns.push({ package: fact.name, paths });
    }
    if (broken > 0) file.warn(`${broken} records have no usable package name or version`);
    return { packages, ...(owns.length > 0 && { owns }) };
  },
};

function* records(file: AnalyzedFile) {
  let fields = new Map<string, string>();
  let paths: string[] = [];
  let folder = '';
  let isEmpty = true;
  for (const line of textLines(`${file.bytes.toString('utf8')}\n\n`)) {
    if (line === '') {
      if (!isEmpty) yield { fact: packageOf(fields), paths };
      fields = new Map();
      paths = [];
      folder = '';
      isEmpty = true;
      continue;
    }
    isEmpty &&= line.trim() === '';
    if (line[1] !== ':') continue;
    const key = line[0]!;
    const value = line.slice(2);
    if (key === 'F') folder = value;
    else if (key === 'R') {
      const path = folder ? `${folder}/${value}` : value;
      if (file.proves(path)) paths.push(path);
    } else if (!fields.has(key)) fields.set(key, value);
  }
}

/** P name, V version, A architecture, o origin: the source package, built at the same version. */
function packageOf(fields: ReadonlyMap<string, string>): PackageFact | undefined {
  const name = fields.get('P');
  const version = fields.get('V');
  if (!isWord(name) || !isWord(version)) return undefined;
  const arch = fields.get('A');
  const source = fields.get('o');
  return {
    type: 'apk',
    name,
    version,
    ...(isWord(arch) && arch.length <= 64 && { arch }),
    ...(isWord(source) && source !== name && { sourceName: source, sourceVersion: version }),
    evidence: 'installed',
  };
}
