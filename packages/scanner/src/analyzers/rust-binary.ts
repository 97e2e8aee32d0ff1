import type { BinaryAnalyzer } from './analyzer.ts';
import { mayBeProgram } from './programs/program-paths.ts';
import { AuditDataSearch } from './rust/audit-data-search.ts';
import { linkedCrates } from './rust/linked-crates.ts';

/** The smallest programs that Rust makes have 300 kB, stripped and built for size. */
const smallestBytes = 128 * 1024;

/**
 * Reads the crates that Rust programs are linked from, where `cargo auditable` put them into the program; stripped ones
 * have them too (rust-secure-code/cargo-auditable, `PARSING.md`).
 */
export const rustBinary: BinaryAnalyzer = {
  id: 'rust-binary',
  version: 1,
  smallestBytes,
  looksIn: 'unloaded',
  wants: mayBeProgram,

  open() {
    const search = new AuditDataSearch();
    return {
      look: (window) => search.look(window),
      end: () => (search.found === undefined ? {} : { packages: linkedCrates(search.found) }),
    };
  },
};
