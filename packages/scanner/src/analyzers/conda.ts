import type { Analyzer } from './analyzer.ts';
import { parseJson, record } from './json.ts';
import { PackageList } from './package-list.ts';

/** Reads conda environments: one `conda-meta/*.json` per installed package (docs.conda.io, "conda-meta"). */
export const conda: Analyzer = {
  id: 'conda',
  version: 1,
  kind: 'application',
  // The list of its files makes most of it; the largest packages have 5 MB.
  maxFileBytes: 16 * 1024 * 1024,
  places: [],
  endings: ['.json'],
  wants: (path) => path.endsWith('.json') && /(?:^|\/)conda-meta\/[^/]+$/.test(path),

  read({ bytes }) {
    const { name, version } = record(parseJson(bytes));
    const packages = new PackageList('conda', 'installed');
    packages.add(name, version);
    return { packages: packages.packages };
  },
};
