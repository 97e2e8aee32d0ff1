import { endHash, extendHigh, extendLow, hashStart, includesHash } from './path-hashes.ts';

/**
 * Values by path, where a whole folder can be removed in one step: removing costs no more than inserting did.
 * Paths are in normal form (see `normalPath`); the empty path is the root.
 */
export class PathTree<T> {
  #root: Node<T> = {};
  /** The folder of the last look-up and what was there; forgotten when folders come or go. */
  #lastFolder: string | undefined;
  #lastNode: Node<T> | undefined;
  /** What `entries` listed last; forgotten when something changes. */
  #entries: readonly [path: string, value: T][] | undefined;

  get(path: string): T | undefined {
    return this.#find(path)?.value;
  }

  /** Answers how many folders and names had to be made for it. */
  set(path: string, value: T): number {
    this.#entries = undefined;
    let node = this.#root;
    let made = 0;
    for (const name of segments(path)) {
      node.children ??= new Map();
      let child = node.children.get(name);
      if (!child) {
        node.children.set(name, (child = {}));
        made += 1;
      }
      node = child;
    }
    node.value = value;
    if (made > 0) this.#lastFolder = undefined;
    return made;
  }

  /** Removes a path and everything below it. */
  remove(path: string): void {
    this.#changed();
    if (path === '') {
      this.#root = {};
      return;
    }
    const slash = path.lastIndexOf('/');
    const parent = slash < 0 ? this.#root : this.#find(path.slice(0, slash));
    parent?.children?.delete(path.slice(slash + 1));
  }

  /** Removes everything below a path; its own value stays. */
  removeBelow(path: string): void {
    const node = this.#find(path);
    if (!node?.children) return;
    delete node.children;
    this.#changed();
  }

  /** Removes every path, with everything below it, whose hash is among sorted ones (see PathHashes). */
  removeHashed(sorted: Float64Array): void {
    this.#changed();
    const stack = [{ node: this.#root, ...hashStart }];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const { node, low, high } = top;
      for (const [name, child] of node.children ?? []) {
        const here = { node: child, low: extendLow(low, name), high: extendHigh(high, name) };
        if (includesHash(sorted, endHash(here.low, here.high))) node.children?.delete(name);
        else if (child.children) {
          stack.push({ node: child, low: extendLow(here.low, '/'), high: extendHigh(here.high, '/') });
        }
      }
    }
  }

  /** Every path with its value, in order of insertion within each folder. */
  entries(): readonly [path: string, value: T][] {
    this.#entries ??= [...this.entriesBelow('')];
    return this.#entries;
  }

  /** The same of what is at a path and below it. With a stack of its own: hostile paths have two thousand segments. */
  *entriesBelow(path: string): Generator<[path: string, value: T]> {
    const start = this.#find(path);
    const stack: [string, Node<T>][] = start ? [[path, start]] : [];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [at, { value, children }] = top;
      if (value !== undefined) yield [at, value];
      for (const [name, child] of children ?? []) stack.push([at ? `${at}/${name}` : name, child]);
    }
  }

  #changed(): void {
    this.#lastFolder = undefined;
    this.#entries = undefined;
  }

  /** Most look-ups are in the same folder as the one before. */
  #find(path: string): Node<T> | undefined {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return path === '' ? this.#root : this.#root.children?.get(path);
    if (slash !== this.#lastFolder?.length || !path.startsWith(this.#lastFolder)) {
      this.#lastFolder = path.slice(0, slash);
      this.#lastNode = this.#findFolder(this.#lastFolder);
    }
    return this.#lastNode?.children?.get(path.slice(slash + 1));
  }

  #findFolder(path: string): Node<T> | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const name of segments(path)) {
      node = node.children?.get(name);
      if (!node) return undefined;
    }
    return node;
  }
}

type Node<T> = { value?: T; children?: Map<string, Node<T>> };

/** One by one, for most look-ups end at the first folder that is not there. */
function* segments(path: string): Generator<string> {
  if (path === '') return;
  let start = 0;
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', start)) {
    yield path.slice(start, slash);
    start = slash + 1;
  }
  yield path.slice(start);
}
