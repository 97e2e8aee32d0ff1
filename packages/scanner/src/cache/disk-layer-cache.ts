import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LayerFacts } from '../layers/layer-facts.ts';
import { heldBytes, inventoryBytes } from './held-bytes.ts';
import type { KnownImage, LayerCache } from './layer-cache.ts';
import { Recent } from './recent.ts';

/** Memory that the facts of recent layers may take, bytes: those of a dozen bases. */
const recentFactsBytes = 16 * 1024 * 1024;

/** Memory that inventories of recent images may take, bytes: those of a few large images, or of a hundred small ones. */
const recentImagesBytes = 8 * 1024 * 1024;

/** Share of its size that a full cache shrinks to, so that not every write has to make room. */
const shrinkTo = 0.9;

/** Age after which a half-written file is another process's leftover, milliseconds; writing one takes less than 1 s. */
const leftoverAgeMs = 10 * 60_000;

// Whatever else lies in the folder is not ours to remove.
const entryName = /^[0-9a-f]{64}$/;
const temporaryName = /^[0-9a-f]{64}\.[0-9a-f-]{36}\.tmp$/;

/**
 * Opens a layer cache in a folder, which is made when it is missing. Two processes may use the same folder: entries
 * appear by rename, and one that vanishes is read anew. What was not used longest goes first.
 * @param options.maxBytes size of all entries together
 */
export async function openLayerCache(folder: string, options: { maxBytes: number }): Promise<LayerCache> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new DiskLayerCache(folder, options.maxBytes);
}

class DiskLayerCache implements LayerCache {
  readonly recent = new Recent<LayerFacts>(recentFactsBytes, heldBytes);
  readonly images = new Recent<KnownImage>(recentImagesBytes, ({ inventory }) => inventoryBytes(inventory));
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Bytes written since the folder was last looked through; what others write shows then. */
  #writtenBytes = Infinity;
  #knownBytes = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    const path = this.#path(key);
    try {
      const bytes = await readFile(path);
      const now = new Date();
      await utimes(path, now, now);
      return bytes;
    } catch {
      // Missing, removed by another process, or unreadable: all the same to a cache.
      return undefined;
    }
  }

  async write(key: string, value: Uint8Array): Promise<void> {
    const path = this.#path(key);
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, value, { mode: 0o600 });
      await rename(temporary, path);
      this.#writtenBytes += value.length;
      if (this.#knownBytes + this.#writtenBytes > this.#maxBytes) await this.#shrink();
    } catch {
      // A full or read-only disk makes the cache useless, not the scan.
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  #path(key: string): string {
    return join(this.#folder, createHash('sha256').update(key).digest('hex'));
  }

  async #shrink(): Promise<void> {
    const entries = await this.#entries();
    let bytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0);
    if (bytes > this.#maxBytes) {
      for (const entry of entries.toSorted((a, b) => a.usedMs - b.usedMs)) {
        if (bytes <= this.#maxBytes * shrinkTo) break;
        await rm(join(this.#folder, entry.name), { force: true });
        bytes -= entry.sizeBytes;
      }
    }
    this.#knownBytes = bytes;
    this.#writtenBytes = 0;
  }

  async #entries(): Promise<{ name: string; sizeBytes: number; usedMs: number }[]> {
    const entries = [];
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name);
      const found = await stat(path).catch(() => undefined);
      if (!found?.isFile()) continue;
      const isLeftover = temporaryName.test(name) && Date.now() - found.mtimeMs > leftoverAgeMs;
      if (isLeftover) await rm(path, { force: true });
      else if (entryName.test(name)) entries.push({ name, sizeBytes: found.size, usedMs: found.mtimeMs });
    }
    return entries;
  }
}
