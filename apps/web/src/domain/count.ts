const grouped = new Intl.NumberFormat('en');

/** A number with its noun: `1 tag`, `12,000 tags`, `3 repositories`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped.format(count)} ${count === 1 ? noun : plural}`;
}

/** A number with its thousands apart. */
export function grouping(count: number): string {
  return grouped.format(count);
}
