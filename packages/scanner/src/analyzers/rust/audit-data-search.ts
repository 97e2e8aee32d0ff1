import { constants, inflateSync } from 'node:zlib';

/** The two bytes that a zlib stream begins with (RFC 1950), by effort of compression. */
const beginnings = [0x9c, 0xda, 0x01, 0x5e].map((level) => Buffer.from([0x78, level]));

/** How the audit data begins; its writer leaves no white space. */
const jsonBeginning = Buffer.from('{"packages":[');

/** Stored bytes that show enough of the text: the tables of a deflate block have 100 at most. */
const probeBytes = 256;
/** Plain bytes of a probe: what 256 stored ones can hold at most is 264 kB. */
const maxProbedBytes = 512 * 1024;
/** Stored bytes of audit data; a program with 1,000 crates has 20 kB. */
const maxStoredBytes = 1024 * 1024;
/** Plain bytes of audit data: a hundred times what 1,000 crates take. */
const maxPlainBytes = 8 * 1024 * 1024;
/** Places looked at in one program; by chance there is one in 16 kB of debug data. */
const maxProbes = 10_000;

/**
 * Looks for the audit data of a Rust program while its bytes pass by: a zlib stream in the section `.dep-v0`. The table
 * of sections stands at the end of the file, behind what it names, so the stream is known by its content.
 */
export class AuditDataSearch {
  /** The audit data, JSON; undefined while there is none. */
  found: Buffer | undefined;
  #probes = 0;

  /** As `ProgramSearch.look`. */
  look(window: Buffer): number {
    let undecided = Math.max(0, window.length - 1);
    for (const beginning of beginnings) {
      for (let at = window.indexOf(beginning); at >= 0; at = window.indexOf(beginning, at + 1)) {
        const data = this.#read(window.subarray(at, at + maxStoredBytes));
        if (data === 'incomplete') undecided = Math.min(undecided, at);
        else if (data) {
          this.found = data;
          return -1;
        }
        if (this.#probes > maxProbes) return -1;
      }
    }
    return undecided;
  }

  #read(stored: Buffer): Buffer | 'incomplete' | undefined {
    // The first block's type may be 1 or 2, and the text is not empty.
    const type = stored.length > 2 ? (stored[2]! >> 1) & 3 : 1;
    if (type === 0 || type === 3) return undefined;
    this.#probes += 1;
    const probed = plain(stored.subarray(0, probeBytes), maxProbedBytes, constants.Z_SYNC_FLUSH);
    if (!probed) return undefined;
    if (probed.length < jsonBeginning.length) return stored.length < probeBytes ? 'incomplete' : undefined;
    if (!probed.subarray(0, jsonBeginning.length).equals(jsonBeginning)) return undefined;
    return (
      plain(stored, maxPlainBytes, constants.Z_FINISH) ??
      (stored.length < maxStoredBytes ? 'incomplete' : undefined)
    );
  }
}

/** The plain bytes, what follows the stream left aside; undefined where there is no such stream, or no end of it. */
function plain(stored: Buffer, maxOutputLength: number, finishFlush: number): Buffer | undefined {
  try {
    return inflateSync(stored, { finishFlush, maxOutputLength });
  } catch {
    return undefined;
  }
}
