import type { ImportResult, Inventory } from '@plimsoll/contracts';

type Packages = Inventory['packages'];

/** Packages written at a time: what is made on the way stays small, and is gone with the next collection. */
const packagesAtATime = 50;

/**
 * Writes results of scans as JSON, in pieces. Packages of a large image are megabytes of text; the scanner answers for
 * an unchanged image with the same packages, and their text is written once and kept as long as they are.
 */
export class ResultBodies {
  readonly #written = new WeakMap<Packages, Buffer>();

  /** The document of one result, to be sent piece by piece. */
  write({ scanId, referenceDigest, inventory }: ImportResult): Buffer[] {
    const { packages, ...rest } = inventory;
    const document = JSON.stringify({ scanId, referenceDigest, inventory: rest });
    const written = this.#written.get(packages) ?? writePackages(packages);
    this.#written.set(packages, written);
    // The packages are the last of the inventory, which is the last of the document.
    return [Buffer.from(`${document.slice(0, -2)},"packages":[`), written, Buffer.from(']}}')];
  }
}

function writePackages(packages: Packages): Buffer {
  const pieces: Buffer[] = [];
  for (let start = 0; start < packages.length; start += packagesAtATime) {
    const some = JSON.stringify(packages.slice(start, start + packagesAtATime)).slice(1, -1);
    pieces.push(Buffer.from(start === 0 ? some : `,${some}`));
  }
  return Buffer.concat(pieces);
}
