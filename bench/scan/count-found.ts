import type { Inventory } from '@plimsoll/contracts';
import { analyzers, analyzerVersions, binaryAnalyzers } from '../../packages/scanner/src/analyzers/index.ts';
import { progress } from '../report.ts';
import type { BenchRegistry } from './images/served-images.ts';
import { runAgent } from './run-agent.ts';
import { row, type ScanRow } from './scan-row.ts';

/** What each analyzer finds in an image: packages, those that several find counted for each; and the files that tell. */
export async function measureFound(registry: BenchRegistry, name: string): Promise<ScanRow[]> {
  progress(`what the analyzers find in ${name}`);
  const agent = await runAgent(registry.base);
  try {
    const scanned = await agent.scan({ repository: `bench/${name}`, reference: '1' });
    const inventory = scanned.inventory();
    const found = byAnalyzer(inventory);
    const rows = Object.keys(analyzerVersions).flatMap((id) => {
      const { packages = 0, files = new Set() } = found.get(id) ?? {};
      return packages > 0
        ? [row(`${id}, ${name}`, packages, undefined, `packages in ${files.size} files`)]
        : [];
    });
    const all = row(
      `all, ${name}`,
      inventory.packages.length,
      undefined,
      `packages, ${inventory.warnings.length} warnings`,
    );
    return [...rows, all];
  } finally {
    await agent.stop();
  }
}

function byAnalyzer({ packages }: Inventory) {
  const found = new Map<string, { packages: number; files: Set<string> }>();
  for (const { type, locations } of packages) {
    const byId = Map.groupBy(locations, ({ path }) => analyzerOf(type, path));
    for (const [id, places] of byId) {
      const known = found.get(id) ?? { packages: 0, files: new Set() };
      found.set(id, known);
      known.packages += 1;
      for (const { path } of places) known.files.add(path);
    }
  }
  return found;
}

/** A path belongs to the first analyzer that wants it; programs are read by several, which the package's type tells apart. */
function analyzerOf(type: string, path: string): string {
  const reader = analyzers.find((analyzer) => analyzer.wants(path));
  if (reader) return reader.id;
  const ofType: Readonly<Record<string, string>> = { golang: 'go-binary', cargo: 'rust-binary' };
  const byType = binaryAnalyzers.find(({ id }) => id === ofType[type]);
  return byType?.id ?? 'known-programs';
}
