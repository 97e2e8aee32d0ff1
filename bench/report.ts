/** What one benchmark found: rows of figures, and how they came about. */
export type Measure = {
  readonly name: string;
  /** What was measured against what, for the reader of the table. */
  readonly about: readonly string[];
  readonly rows: readonly Readonly<Record<string, string | number>>[];
};

/** Prints a measure as a table; figures on the right, names on the left. */
export function printTable({ name, about, rows }: Measure): void {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column] ?? '')))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  console.log(`\n${name}`);
  for (const line of about) console.log(`  ${line}`);
  for (const line of cells) {
    const padded = line.map((cell, index) => pad(cell, widths[index] ?? 0, index === 0));
    console.log(`  ${padded.join('  ')}`.trimEnd());
  }
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width);
}

/** The middle value; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** A figure with so many decimals, as a number. */
export function rounded(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}

/** Tells on standard error what a benchmark is at, so that standard output holds results only. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}
