// One cold scan as a process of its own: `node scan-once.ts BASE REPOSITORY REFERENCE`, prints a ScanFigures line.
import { scanFromRegistry } from '../../e2e/support/scan.ts';

export type ScanFigures = {
  readonly packages: number;
  readonly warnings: number;
  readonly bytesPulled: number;
  /** Highest resident memory of this process, bytes. */
  readonly peakRssBytes: number;
};

const [base = '', repository = '', reference = ''] = process.argv.slice(2);
const { packages, warnings, cost } = await scanFromRegistry(
  { type: 'oci', registryBase: base },
  { repository, reference },
);
const figures: ScanFigures = {
  packages: packages.length,
  warnings: warnings.length,
  bytesPulled: cost.bytesPulled,
  peakRssBytes: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(figures));
