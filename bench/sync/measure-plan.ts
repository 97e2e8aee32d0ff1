import { join } from 'node:path';
import { sql } from 'kysely';
import { runProgram } from '../../e2e/support/programs.ts';
import { median, progress, rounded, type Measure } from '../report.ts';
import type { BenchDatabase } from './bench-database.ts';
import { makeIntegration, makeObservations, makeProjects } from './make-registry.ts';
import type { PlanFigures } from './plan-once.ts';

const sizes = [
  { tags: 100_000, repositories: 2_000, wanted: '< 600 ms' },
  { tags: 1_000_000, repositories: 2_000, wanted: '< 6000 ms, < 600 MB' },
] as const;

/** Measures the plan of registries of two sizes. */
export async function measurePlan({ db, connectionString }: BenchDatabase, runs: number) {
  const rows: Measure['rows'][number][] = [];
  for (const size of sizes) {
    progress(`making a registry of ${size.tags} tags`);
    const registry = await makeIntegration(db);
    await makeObservations(db, registry, size);
    await makeProjects(db, registry);
    await sql`vacuum analyze`.execute(db);
    const figures: PlanFigures[] = [];
    for (let run = 0; run < runs; run++) {
      progress(`planning ${size.tags} tags, ${run + 1} of ${runs}`);
      const program = [join(import.meta.dirname, 'plan-once.ts'), connectionString];
      const printed = await runProgram(process.execPath, [
        ...program,
        registry.integrationId,
        registry.runId,
      ]);
      figures.push(JSON.parse(printed) as PlanFigures);
    }
    const [first] = figures;
    if (first?.observed !== size.tags) throw new Error(`the plan saw ${first?.observed} tags`);
    const peak = Math.max(...figures.map(({ peakRssBytes }) => peakRssBytes));
    const ms = (all: readonly number[]) => rounded(median(all) * 1000, 0);
    const firstMs = ms(figures.map(({ firstSeconds }) => firstSeconds));
    rows.push({
      step: 'plan',
      size: `${size.tags} tags in ${size.repositories} repositories`,
      ms: ms(figures.map(({ seconds }) => seconds)),
      wanted: size.wanted,
      notes: `first of the process ${firstMs} ms; peak ${rounded(peak / 1e6, 0)} MB, ${first.toImport} to import`,
    });
  }
  return rows;
}
