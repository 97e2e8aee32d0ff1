import type { Analyzer } from './analyzer.ts';
import { PackageList } from './package-list.ts';
import { isProjectFile } from './project-file.ts';

const names = ['go.mod'];

/** Reads what Go projects declare: `go.mod` (go.dev/ref/mod), with `replace` applied. */
export const goMod: Analyzer = {
  id: 'go-mod',
  version: 1,
  kind: 'application',
  // 500 modules take 40 kB.
  maxFileBytes: 2 * 1024 * 1024,
  places: [],
  wants: (path) => isProjectFile(path, names),

  read({ bytes }) {
    const required: Module[] = [];
    const replacements = new Map<string, Module>();
    for (const { verb, words } of directives(bytes.toString('utf8'))) {
      if (verb === 'require') required.push({ path: words[0], version: words[1] });
      if (verb !== 'replace') continue;
      const arrow = words.indexOf('=>');
      const [path, version] = words.slice(arrow + 1);
      replacements.set(words.slice(0, arrow).join(' '), { path, version });
    }
    const packages = new PackageList('golang', 'declared');
    for (const module of required) {
      // A folder in place of a module has no version.
      const { path, version } =
        replacements.get(`${module.path} ${module.version}`) ?? replacements.get(`${module.path}`) ?? module;
      packages.add(path, version);
    }
    return { packages: packages.packages, yieldsToInstalled: true };
  },
};

type Module = { readonly path: string | undefined; readonly version: string | undefined };

/** `verb words` on a line, or `verb (`, words on lines of their own, and `)`. `//` begins a comment. */
function* directives(text: string): Generator<{ verb: string; words: string[] }> {
  let block: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const words = line
      .replace(/\/\/.*$/, '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .map((word) => word.replace(/^["`]|["`]$/g, ''));
    const [first] = words;
    if (first === undefined) continue;
    if (first === ')') block = undefined;
    else if (block !== undefined) yield { verb: block, words };
    else if (words[1] === '(') block = first;
    else yield { verb: first, words: words.slice(1) };
  }
}
