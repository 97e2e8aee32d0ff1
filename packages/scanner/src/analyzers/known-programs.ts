import type { BinaryAnalyzer } from './analyzer.ts';
import { knownProgram } from './programs/known-programs.ts';
import { VersionSearch } from './programs/version-search.ts';

/** curl has 250 kB; what is smaller only loads a library that tells. */
const smallestBytes = 64 * 1024;

/**
 * Names well-known programs by the version they carry, where no package manager brought them. What a package manager
 * did bring is marked as owned by its package.
 */
export const knownPrograms: BinaryAnalyzer = {
  id: 'known-programs',
  version: 1,
  smallestBytes,
  looksIn: 'loaded',
  wants: (path) => knownProgram(path) !== undefined,

  open(path) {
    const { program, named } = knownProgram(path)!;
    const search = new VersionSearch(program.texts, named);
    return {
      look: (window) => search.look(window),
      end() {
        const { version } = search;
        const { name, type = 'generic', prefix = '' } = program;
        if (version === undefined) return {};
        return { packages: [{ type, name, version: prefix + version, evidence: 'binary' as const }] };
      },
    };
  },
};
