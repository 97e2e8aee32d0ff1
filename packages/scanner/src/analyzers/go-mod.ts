import { lockfileAnalyzer } from './lockfile-analyzer.ts';
import type { PackageList } from './package-list.ts';

/** Reads what Go projects declare: `go.mod` (go.dev/ref/mod), with `replace` applied. */
export const goMod = lockfileAnalyzer({
  id: 'go-mod',
  version: 1,
  type: 'golang',
  readers: { 'go.mod': readGoMod },
});

function readGoMod(bytes: Buffer, packages: PackageList): void {
  const required: Module[] = [];
  const replacements = new Map<string, Module>();
  for (const { verb, words } of directives(bytes.toString('utf8'))) {
    if (verb === 'require') required.push({ path: words[0], version: words[1] });
    if (verb !== 'replace') continue;
    const arrow = words.indexOf('=>');
    const [path, version] = words.slice(arrow + 1);
    replacements.set(words.slice(0, arrow).join(' '), { path, version });
  }
  for (const module of required) {
    // A folder in place of a module has no version.
    const { path, version } =
      replacements.get(`${module.path} ${module.version}`) ?? replacements.get(`${module.path}`) ?? module;
    packages.add(path, version);
  }
}

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
