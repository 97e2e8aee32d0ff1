/**
 * Values by path, where a whole folder can be removed in one step: removing costs no more than inserting did.
 * Paths are in normal form (see `normalPath`); the empty path is the root.
 */
export class PathTree<T> {
  #root: Node<T> = {};
  /** The folder of the last look-up and what was there; forgotten when folders come or go. */
  #lastFolder: string | undefined;
  #lastNode: Node<T> | undefined;

  get(path: string): T | undefined {
    return this.#find(path)?.value;
  }

  /** Answers how many folders and names had to be made for it. */
  set(path: string, value: T): number {
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
    this.#lastFolder = undefined;
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
    this.#lastFolder = undefined;
  }

  /** Every path with its value, in order of insertion within each folder. */
  entries(below = ''): Generator<[path: string, value: T]> {
    return this.#walk(below, (node) => node.value);
  }

  /** Every path that has a value or something below it. */
  *paths(): Generator<string> {
    for (const [path] of this.#walk('', (node) => node)) yield path;
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

  // With a stack of its own, for a hostile path has two thousand segments.
  *#walk<V>(from: string, pick: (node: Node<T>) => V | undefined): Generator<[string, V]> {
    const start = this.#find(from);
    const stack: [string, Node<T>][] = start ? [[from, start]] : [];
    for (let top = stack.pop(); top; top = stack.pop()) {
      const [path, node] = top;
      const picked = pick(node);
      if (picked !== undefined) yield [path, picked];
      for (const [name, child] of node.children ?? []) stack.push([path ? `${path}/${name}` : name, child]);
    }
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
