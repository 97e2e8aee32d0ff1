/** The values of one table by key, as written; keys of a table inside it are `inner.key`. */
export type TomlTable = ReadonlyMap<string, string>;

/**
 * Reads the `[[name]]` tables of a lockfile, values of several lines only by their first. Tools write these files one
 * key per line and nest nothing, so lines are enough, and a hostile file costs no more than a real one.
 */
export function* tomlTables(text: string, name: string): Generator<TomlTable> {
  let table: Map<string, string> | undefined;
  let prefix = '';
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('[')) {
      const header = /^\[{1,2}([^[\]]+)\]{1,2}\s*$/.exec(line)?.[1]?.trim();
      const isNew = line.startsWith(`[[${name}]]`);
      if (table && (isNew || !header?.startsWith(`${name}.`))) {
        yield table;
        table = undefined;
      }
      if (isNew) table = new Map();
      prefix = header?.startsWith(`${name}.`) ? `${header.slice(name.length + 1)}.` : '';
    } else if (table) {
      const [, key, value] = /^([\w.-]+)\s*=\s*(\S.*)$/.exec(line) ?? [];
      if (key && value && !table.has(prefix + key)) table.set(prefix + key, value);
    }
  }
  if (table) yield table;
}

/** The text of a string in quotes; undefined for any other value. Names and versions need no escapes. */
export function tomlString(value: string | undefined): string | undefined {
  return /^(["'])([^"'\\]*)\1/.exec(value ?? '')?.[2];
}
