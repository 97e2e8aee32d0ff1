import type { Analyzer, BinaryAnalyzer } from '../analyzers/analyzer.ts';
import { openProgram, type ProgramReader } from '../analyzers/programs/program-reader.ts';
import { maxPathLength, type LayerLimits } from '../limits.ts';
import type { Warning } from '../warnings.ts';
import type { FileFacts, LayerFacts, LinkedPath } from './layer-facts.ts';
import { LayerError } from './layer-error.ts';
import { PathHashes } from './path-hashes.ts';
import { PathIndex } from './path-index.ts';
import { PathTree } from './path-tree.ts';
import { normalPath, type TarEntry, type TarVisitor } from './tar-walker.ts';

type Want = { readonly analyzer: Analyzer; /** The path the analyzer is told. */ readonly as: string };
type Found = { readonly facts: FileFacts; readonly by: Analyzer | undefined };
/** A program that streams by. */
type Program = { readonly path: string; readonly reader: ProgramReader; isOpen: boolean };

/** Bytes of memory that each kept file, package, path or folder takes besides its text. */
const factOverheadBytes = 200;

/**
 * Sees the entries of one layer in order and keeps what counts: facts of wanted files, whiteouts, and what hides the
 * content of lower layers. Within the layer a later entry of a path replaces the earlier one.
 */
export class FactsCollector implements TarVisitor {
  readonly #analyzers: PathIndex<Analyzer>;
  readonly #applications: PathIndex<Analyzer>;
  readonly #binaryAnalyzers: readonly BinaryAnalyzer[];
  readonly #limits: LayerLimits;
  readonly #linkedFiles: ReadonlyMap<string, string>;
  readonly #linkedFolders: readonly LinkedPath[];
  /** Known places and all folders above them: symbolic links at these are kept. */
  readonly #placesAndAbove: ReadonlySet<string>;
  readonly #files = new PathTree<Found>();
  readonly #whiteouts = new Set<string>();
  readonly #opaqueFolders = new Set<string>();
  readonly #nonFolders = new PathHashes();
  readonly #missedTargets = new Map<string, string>();
  readonly #warnings: Warning[] = [];
  #entries = 0;
  #factsBytes = 0;
  #analyzedBytes = 0;
  #longPaths = 0;
  #outsidePaths = 0;
  #wanted: Want | undefined;
  #program: Program | undefined;

  constructor(
    analyzers: readonly Analyzer[],
    {
      limits,
      linked,
      binaryAnalyzers = [],
    }: {
      limits: LayerLimits;
      linked: readonly LinkedPath[];
      binaryAnalyzers?: readonly BinaryAnalyzer[];
    },
  ) {
    this.#analyzers = new PathIndex(analyzers);
    this.#applications = new PathIndex(analyzers.filter(({ kind }) => kind === 'application'));
    this.#binaryAnalyzers = binaryAnalyzers;
    this.#limits = limits;
    const isFile = ({ as }: LinkedPath) => this.#analyzers.find(as) !== undefined;
    this.#linkedFiles = new Map(linked.filter(isFile).map(({ path, as }) => [path, as]));
    this.#linkedFolders = linked.filter((link) => !isFile(link));
    this.#placesAndAbove = new Set(analyzers.flatMap(({ places }) => places).flatMap(selfAndAbove));
  }

  entry(entry: TarEntry): boolean | 'stream' {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) {
      throw new LayerError(
        'layer-too-many-entries',
        `The layer holds more than ${this.#limits.entries} entries`,
      );
    }
    if (entry.isOutside) this.#outsidePaths += 1;
    if (entry.path === '') return false;
    if (entry.path.length > maxPathLength) {
      this.#longPaths += 1;
      return false;
    }
    if (this.#takeWhiteout(entry.path)) return false;
    const want = this.#want(entry.path);
    if (entry.type === 'directory') {
      // A folder where a lower layer has a wanted file or link: that is gone, the folder's content is not.
      if (want || this.#placesAndAbove.has(entry.path)) this.#keep(entry.path, { facts: {}, by: undefined });
      return false;
    }
    this.#nonFolders.add(entry.path);
    this.#files.removeBelow(entry.path);
    if (entry.type === 'symlink' && (want || this.#placesAndAbove.has(entry.path))) {
      this.#keep(entry.path, { facts: { link: entry.target.slice(0, maxPathLength) }, by: undefined });
      return false;
    }
    if (!want) {
      // What an earlier entry of this path said no longer holds.
      if (this.#files.get(entry.path)) this.#keep(entry.path, { facts: {}, by: undefined });
      return this.#openProgram(entry) ? 'stream' : false;
    }
    return this.#takeWanted(entry, want);
  }

  body(entry: TarEntry, bytes: Buffer): void {
    const want = this.#wanted;
    if (!want) return;
    this.#wanted = undefined;
    const facts = this.#analyze(entry.path, want, bytes);
    const before = this.#files.get(entry.path);
    // Which of the two others would take cannot be known.
    if (before?.by !== undefined && JSON.stringify(before.facts) !== JSON.stringify(facts)) {
      const message = 'The layer holds the file twice and differently; the later one counts';
      this.warn({ code: 'file-repeated', message, path: entry.path });
    }
    this.#keep(entry.path, { facts, by: want.analyzer });
  }

  piece(bytes: Buffer, isLast: boolean): void {
    const program = this.#program;
    if (!program) return;
    if (program.isOpen) program.isOpen = program.reader.write(bytes);
    if (!isLast) return;
    this.#program = undefined;
    const facts = program.reader.end();
    if (program.reader.isDoubtful) {
      const message = 'The headers of the program lead beyond it; what is there was looked at';
      this.warn({ code: 'file-unreadable', message, path: program.path });
    }
    // Most programs tell nothing; that they hide what was below, the hash of their path says.
    if (facts.packages !== undefined) this.#keep(program.path, { facts, by: undefined });
  }

  /** Keeps a warning, up to the limit; then one says that there were more. What ends the layer is always kept. */
  warn(warning: Warning): void {
    const isKept = this.#warnings.length < this.#limits.warnings || warning.code.startsWith('layer-');
    if (isKept) this.#warnings.push(warning);
    else {
      const message = `More than ${this.#limits.warnings} parts of the layer could not be read`;
      this.#warnings[this.#limits.warnings - 1] = { code: 'inventory-cut', message };
    }
  }

  /** What was found; to be asked once, at the end. */
  facts(): LayerFacts {
    if (this.#longPaths > 0) {
      this.warn({ code: 'path-too-long', message: `${this.#longPaths} entries have overlong paths` });
    }
    if (this.#outsidePaths > 0) {
      const message = `${this.#outsidePaths} entries have names that lead out of the image`;
      this.warn({ code: 'path-outside', message });
    }
    return {
      files: this.#files.entries().map(([path, { facts }]) => [path, facts] as const),
      whiteouts: [...this.#whiteouts],
      opaqueFolders: [...this.#opaqueFolders],
      nonFolders: this.#nonFolders.sorted(),
      missedTargets: [...this.#missedTargets].map(([path, as]) => ({ path, as })),
      warnings: this.#warnings,
    };
  }

  /** Begins to look into a file that may be a program. Answers whether it is one to look into. */
  #openProgram({ type, path, isSparse, sizeBytes }: TarEntry): boolean {
    if (type !== 'file' || isSparse) return false;
    const reader = openProgram(path, sizeBytes, this.#binaryAnalyzers);
    this.#program = reader && { path, reader, isOpen: true };
    return reader !== undefined;
  }

  #takeWanted(entry: TarEntry, want: Want): boolean {
    if (entry.type === 'link') {
      this.#keep(entry.path, this.#linkedFacts(normalPath(entry.target), want));
      return false;
    }
    if (entry.type !== 'file' || entry.isSparse || entry.sizeBytes > want.analyzer.maxFileBytes) {
      this.#keep(entry.path, { facts: {}, by: want.analyzer });
      this.warn(unreadEntry(entry, want));
      return false;
    }
    this.#analyzedBytes += entry.sizeBytes / (want.analyzer.readsSparsely ? 16 : 1);
    if (this.#analyzedBytes > this.#limits.analyzedBytes) {
      throw new LayerError(
        'layer-too-many-facts',
        'The layer holds more package files than are read of one layer',
      );
    }
    this.#wanted = want;
    return true;
  }

  /** Facts of a hard link: those of its target when it was read alike, else the target is to be read again. */
  #linkedFacts(target: string, want: Want): Found {
    const found = this.#files.get(target);
    if (found?.by === want.analyzer) return found;
    this.#charge(target.length + want.as.length);
    this.#missedTargets.set(target, want.as);
    return { facts: {}, by: want.analyzer };
  }

  #analyze(path: string, { analyzer, as }: Want, bytes: Buffer): FileFacts {
    const warn = (message: string) => this.warn({ code: 'file-unreadable', message, path });
    try {
      return analyzer.read({ path: as, bytes, proves: this.#proves, warn });
    } catch {
      // The parser's own message may quote the file; the path says enough.
      warn(`The file is not what ${analyzer.id} reads`);
      return {};
    }
  }

  readonly #proves = (path: string): boolean =>
    this.#applications.find(path) !== undefined ||
    this.#binaryAnalyzers.some((analyzer) => analyzer.wants(path));

  #want(path: string): Want | undefined {
    // What a path is by itself comes first: a link must not make a database look like something else.
    const analyzer = this.#analyzers.find(path);
    if (analyzer) return { analyzer, as: path };
    const as = this.#linkedAs(path);
    const reader = as === undefined ? undefined : this.#analyzers.find(as);
    return reader && as !== undefined ? { analyzer: reader, as } : undefined;
  }

  /** Where an analyzer expects a file that a link leads to. */
  #linkedAs(path: string): string | undefined {
    if (this.#linkedFolders.length > 0) {
      const folder = this.#linkedFolders.find((link) => path.startsWith(`${link.path}/`));
      if (folder) return folder.as + path.slice(folder.path.length);
    }
    return this.#linkedFiles.get(path);
  }

  /** Whiteouts by name, as AUFS wrote them and OCI layers do (OCI image-spec, layer.md). */
  #takeWhiteout(path: string): boolean {
    const slash = path.lastIndexOf('/');
    if (!path.startsWith('.wh.', slash + 1)) return false;
    const folder = slash < 0 ? '' : path.slice(0, slash);
    const name = path.slice(slash + 5);
    if (name === '.wh..opq') {
      this.#charge(folder.length);
      this.#opaqueFolders.add(folder);
    } else if (!name.startsWith('.wh.') && name !== '' && name !== '.' && name !== '..') {
      // Other `.wh..wh.` names are AUFS's own notes; a name that is empty or dots would remove the folder around it.
      this.#charge(path.length);
      this.#whiteouts.add(folder ? `${folder}/${name}` : name);
    }
    return true;
  }

  #keep(path: string, found: Found): void {
    const made = this.#files.set(path, found);
    this.#charge(path.length + made * factOverheadBytes + sizeOf(found.facts));
  }

  #charge(bytes: number): void {
    this.#factsBytes += bytes + factOverheadBytes;
    if (this.#factsBytes > this.#limits.factsBytes) {
      throw new LayerError(
        'layer-too-many-facts',
        'The layer names more packages than are kept of one layer',
      );
    }
  }
}

/** Why an entry that is wanted is not read. */
function unreadEntry({ type, isSparse, sizeBytes, path }: TarEntry, { analyzer }: Want): Warning {
  if (type === 'file' && !isSparse) {
    const message = `The file has ${sizeBytes} bytes, more than ${analyzer.id} reads`;
    return { code: 'file-too-large', message, path };
  }
  const message = isSparse ? 'The file is stored as a sparse file' : 'The file is a device';
  return { code: 'file-unsupported', message, path };
}

function selfAndAbove(path: string): string[] {
  return [...path.matchAll(/\/|$/g)].map(({ index }) => path.slice(0, index));
}

function sizeOf({ packages = [], owns = [], contentSets = [], link = '' }: FileFacts): number {
  let bytes = link.length;
  for (const name of contentSets) bytes += name.length + factOverheadBytes;
  for (const { name, version } of packages) bytes += name.length + version.length + factOverheadBytes;
  for (const { paths } of owns) for (const path of paths) bytes += path.length + factOverheadBytes;
  return bytes;
}
