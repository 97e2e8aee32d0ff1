/**
 * Collects paths as 53-bit hashes, 8 bytes each. Two paths of one image share a hash with a chance of about 1 in 10
 * million; the paths themselves would cost ten times the memory.
 */
export class PathHashes {
  #hashes = new Float64Array(1_024);
  #length = 0;

  add(path: string): void {
    if (this.#length === this.#hashes.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#length] = hashPath(path);
    this.#length += 1;
  }

  /** The hashes collected so far in rising order, as `includesPath` wants them. */
  sorted(): Float64Array<ArrayBuffer> {
    return this.#hashes.slice(0, this.#length).sort();
  }
}

/** Whether a path is among sorted hashes. */
export function includesPath(hashes: Float64Array, path: string): boolean {
  return includesHash(hashes, hashPath(path));
}

/** Whether a hash is among sorted ones. */
export function includesHash(hashes: Float64Array, wanted: number): boolean {
  let low = 0;
  let high = hashes.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const hash = hashes[middle]!;
    if (hash === wanted) return true;
    if (hash < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}

/** The two halves of a hash before the first character; `extendLow` and `extendHigh` take in what follows. */
export const hashStart: { readonly low: number; readonly high: number } = {
  low: 0x811c9dc5,
  high: 0x2545f491,
};

export function extendLow(low: number, text: string): number {
  let extended = low;
  for (let index = 0; index < text.length; index += 1) {
    extended = Math.imul(extended ^ text.charCodeAt(index), 0x01000193);
  }
  return extended;
}

export function extendHigh(high: number, text: string): number {
  let extended = high;
  for (let index = 0; index < text.length; index += 1) {
    extended = Math.imul(extended ^ text.charCodeAt(index), 0x5bd1e995);
    extended ^= extended >>> 15;
  }
  return extended;
}

/** Two multiplicative 32-bit hashes side by side, mixed at the end; 53 bits is what a number holds exactly. */
export function endHash(first: number, second: number): number {
  const low = Math.imul(first ^ (first >>> 16), 0x7feb352d);
  const high = Math.imul(second ^ (second >>> 13) ^ low, 0x846ca68b);
  return ((high ^ (high >>> 16)) & 0x1fffff) * 0x1_0000_0000 + ((low ^ (low >>> 15)) >>> 0);
}

/** Both halves at once, for this is done for every path of an image. */
function hashPath(path: string): number {
  let { low, high } = hashStart;
  for (let index = 0; index < path.length; index += 1) {
    const code = path.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return endHash(low, high);
}
