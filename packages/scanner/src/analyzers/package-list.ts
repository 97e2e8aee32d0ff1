import type { Evidence } from '@plimsoll/contracts';
import type { PackageFact } from '../layers/layer-facts.ts';
import { isWord } from './analyzer.ts';

/** Collects packages of one purl type, each name and version once, as first told of. What is no usable name or version is passed over. */
export class PackageList {
  readonly #type: string;
  readonly #evidence: Evidence;
  readonly #packages = new Map<string, PackageFact>();

  constructor(type: string, evidence: Evidence) {
    this.#type = type;
    this.#evidence = evidence;
  }

  get packages(): PackageFact[] {
    return [...this.#packages.values()];
  }

  add(name: unknown, version: unknown, more?: Pick<PackageFact, 'nestedIn' | 'arch' | 'sha1'>): void {
    if (!isWord(name) || !isWord(version)) return;
    const key = `${name} ${version}`;
    if (this.#packages.has(key)) return;
    this.#packages.set(key, { type: this.#type, name, version, evidence: this.#evidence, ...more });
  }
}
