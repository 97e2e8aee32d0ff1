/** Brackets in brackets, and spaces before a line: lockfiles of real projects reach 20 and 40. */
const maxBrackets = 500;
const maxIndentation = 500;

/**
 * Throws on a text that nests brackets or indents lines deeper than any tool writes, be it JSON, YAML or TOML. Readers
 * that go by lines would pass over such a thing in silence. Brackets inside texts count, too: they come in pairs.
 */
export function refuseAbsurdDepth(bytes: Buffer): void {
  let brackets = 0;
  let indentation = 0;
  let isAtStart = true;
  for (const byte of bytes) {
    if (byte === 0x0a) {
      isAtStart = true;
      indentation = 0;
    } else if (isAtStart && (byte === 0x20 || byte === 0x09)) indentation += 1;
    else {
      isAtStart = false;
      if (byte === 0x5b || byte === 0x7b) brackets += 1;
      else if ((byte === 0x5d || byte === 0x7d) && brackets > 0) brackets -= 1;
    }
    if (brackets > maxBrackets || indentation > maxIndentation)
      throw new Error('The file nests absurdly deep');
  }
}
