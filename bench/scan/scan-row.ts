/** One line of the table: what was measured, how much, and whether that is within its target. */
export type ScanRow = Readonly<Record<'what' | 'figure' | 'target' | 'met' | 'detail', string | number>>;

/** @param target the highest figure that is good enough; left out when there is none */
export function row(what: string, figure: number, target: number | undefined, detail: string): ScanRow {
  if (target === undefined) return { what, figure, target: '', met: '', detail };
  return { what, figure, target: `<= ${target}`, met: figure <= target ? 'yes' : 'NO', detail };
}

/** @param target the lowest figure that is good enough */
export function rowAtLeast(what: string, figure: number, target: number, detail: string): ScanRow {
  return { what, figure, target: `>= ${target}`, met: figure >= target ? 'yes' : 'NO', detail };
}
