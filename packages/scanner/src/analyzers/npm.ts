import type { FileFacts } from '../layers/layer-facts.ts';
import { isWord, type AnalyzedFile, type Analyzer } from './analyzer.ts';
import { parseJson } from './json.ts';
import { readNpmLockfile } from './npm-lockfile.ts';

/**
 * Reads Node.js packages: every `package.json` below a `node_modules`, or in Debian's `nodejs`, is an installed package, and a
 * `package-lock.json` declares what would be (docs.npmjs.com, "package.json" and "package-lock.json").
 */
export const npm: Analyzer = {
  id: 'npm',
  version: 2,
  kind: 'application',
  // The lockfile of a monorepo with 5,000 packages has 3 MB. Hostile JSON takes 20 times its size while it is read.
  maxFileBytes: 8 * 1024 * 1024,
  places: [],
  endings: ['package.json', 'package-lock.json', 'npm-shrinkwrap.json'],
  wants: (path) =>
    (path.endsWith('package.json') && isInstalledManifest(path)) ||
    (path.endsWith('.json') && isProjectLockfile(path)),

  read(file) {
    const document = parseJson(file.bytes);
    return file.path.endsWith('/package.json') ? readManifest(file, document) : readLockfile(file, document);
  },
};

/** Folders of a package that hold examples and test material; a manifest in them is nobody's dependency. */
const notInstalled = new Set([
  'test',
  'tests',
  '__tests__',
  'fixtures',
  '__fixtures__',
  'example',
  'examples',
]);

function isInstalledManifest(path: string): boolean {
  if (!path.endsWith('/package.json')) return false;
  const start = startOfPackage(path);
  if (start === undefined) return false;
  // `@scope/name/..` or `name/..`: a package may well be called `test`, a folder in it is another matter.
  const segments = path.slice(start).split('/');
  const inside = segments.slice(segments[0]?.startsWith('@') ? 2 : 1, -1);
  return !inside.some((segment) => notInstalled.has(segment));
}

/** Debian's own places for packages, besides `/usr/share/node_modules` (Debian JavaScript policy). */
const debianModules = /^usr\/(?:share|lib(?:\/[\w-]+)?)\/nodejs\//;

/** Where the name of the innermost package begins that a path lies in. */
function startOfPackage(path: string): number | undefined {
  const modules = path.lastIndexOf('node_modules/');
  if (modules === 0 || path[modules - 1] === '/') return modules + 'node_modules/'.length;
  return debianModules.exec(path)?.[0].length;
}

/** Lockfiles inside node_modules are what packages were published with; nothing was installed by them. */
function isProjectLockfile(path: string): boolean {
  return /(?:^|\/)(?:package-lock|npm-shrinkwrap)\.json$/.test(path) && !/(?:^|\/)node_modules\//.test(path);
}

/** Tools that bring a node_modules of their own; the remedy for what is in it is another version of the tool. */
const tools = /(?:^|\/)node_modules\/(npm|corepack|yarn|pnpm)\/./;

function readManifest(file: AnalyzedFile, document: unknown): FileFacts {
  const { name, version } = (document ?? {}) as { name?: unknown; version?: unknown };
  // Manifests without both only set options of a folder, such as `{"type": "module"}`.
  if (!isWord(name) || !isWord(version)) return {};
  const tool = tools.exec(file.path)?.[1];
  const isToolItself = tool !== undefined && file.path.endsWith(`node_modules/${tool}/package.json`);
  return {
    packages: [
      { type: 'npm', name, version, evidence: 'installed', ...(tool && !isToolItself && { nestedIn: tool }) },
    ],
  };
}

function readLockfile(file: AnalyzedFile, document: unknown): FileFacts {
  const folder = file.path.slice(0, file.path.lastIndexOf('/') + 1);
  const { packages, isDeep } = readNpmLockfile(document);
  if (isDeep) file.warn('The lockfile nests deeper than npm ever does; the rest was not read');
  return { packages, unlessInstalledIn: `${folder}node_modules` };
}
