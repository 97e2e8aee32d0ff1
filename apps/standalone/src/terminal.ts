/** Prints a line of a command's result. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints what went wrong, apart from the result. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether a person watches, so that a line may be rewritten. */
export function isTerminal(): boolean {
  return process.stdout.isTTY && process.env['TERM'] !== 'dumb';
}

/** A line that is rewritten in place on a terminal and not shown elsewhere. */
export class StatusLine {
  #shown = false;

  show(text: string): void {
    if (!isTerminal()) return;
    process.stdout.write(`\r\u001B[2K${text.slice(0, (process.stdout.columns || 80) - 1)}`);
    this.#shown = true;
  }

  clear(): void {
    if (this.#shown) process.stdout.write('\r\u001B[2K');
    this.#shown = false;
  }

  /** Prints a lasting line above the status. */
  print(text: string): void {
    this.clear();
    printLine(text);
  }
}

/** Lays out rows under headings; columns marked `right` hold numbers. Control characters are shown as `?`. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  right: readonly number[],
): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => visible(String(cell))));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A text from outside without anything a terminal would obey. */
export function visible(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001F\u007F-\u009F]/g, '?');
}

/** Reads all of standard input, for `--password-stdin`; a trailing newline is dropped. */
export async function readStandardInput(maxBytes = 64 * 1024): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size > maxBytes) throw new Error(`standard input is longer than ${maxBytes} bytes`);
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
