/** For tests: what a program of Go 1.13 to 1.17 holds, laid out as Go's own linker does. */
export type OldProgram = {
  readonly version: string;
  /** Lines of `mod`, `dep` and `=>`; without, as of programs built outside of modules. */
  readonly modules?: string;
  readonly isWide?: boolean;
  readonly isBigEndian?: boolean;
  /** Texts among the constants, before the version. */
  readonly constants?: string;
};

const [dataAt, rodataAt] = [0x800, 0x100];
const [dataAddress, rodataAddress] = [0x900000, 0x500000];

/** The text of modules between its marks. */
export const marked = (modules: string) =>
  Buffer.concat([
    Buffer.from('3077af0c9274080241e1c107e6d618e6', 'hex'),
    Buffer.from(modules),
    Buffer.from('f932433186182072008242104116d8f2', 'hex'),
  ]);

/** For tests: such a program; its constants, then its data with the header and the two text variables behind it. */
export function oldProgram({
  version,
  modules = '',
  isWide = true,
  isBigEndian = false,
  constants = '',
}: OldProgram): Buffer {
  const bytes = Buffer.alloc(0x1000);
  const number = (value: number, at: number, size: number) =>
    isBigEndian
      ? bytes.writeUIntBE(value, at + Math.max(0, size - 6), Math.min(size, 6))
      : bytes.writeUIntLE(value, at, Math.min(size, 6));
  const word = isWide ? 8 : 4;
  bytes.write('\x7fELF', 'latin1');
  bytes[4] = isWide ? 2 : 1;
  bytes[5] = isBigEndian ? 2 : 1;
  number(isWide ? 64 : 52, isWide ? 32 : 28, word);
  number(isWide ? 56 : 32, isWide ? 54 : 42, 2);
  number(2, isWide ? 56 : 44, 2);
  const segment = (index: number, offset: number, address: number, size: number) => {
    const at = isWide ? 64 + index * 56 : 52 + index * 32;
    number(1, at, 4);
    number(offset, at + (isWide ? 8 : 4), word);
    number(address, at + (isWide ? 16 : 8), word);
    number(size, at + (isWide ? 32 : 16), word);
  };
  segment(0, rodataAt, rodataAddress, dataAt - rodataAt);
  segment(1, dataAt, dataAddress, bytes.length - dataAt);

  const texts = modules ? marked(modules) : Buffer.alloc(0);
  bytes.write(constants, rodataAt);
  const versionAt = rodataAt + bytes.write(`${constants}${version}gofmtall`, rodataAt) - version.length - 8;
  const modulesAt = rodataAt + 0x200;
  texts.copy(bytes, modulesAt);
  const variable = (index: number, textAt: number, length: number) => {
    const at = dataAt + 0x100 + index * 0x40;
    number(dataAddress + at - dataAt, dataAt + 16 + index * word, word);
    number(length === 0 ? 0 : rodataAddress + textAt - rodataAt, at, word);
    number(length, at + word, word);
  };
  bytes.write('\xff Go buildinf:', dataAt, 'latin1');
  bytes[dataAt + 14] = word;
  bytes[dataAt + 15] = isBigEndian ? 1 : 0;
  variable(0, versionAt, version.length);
  variable(1, modulesAt, texts.length);
  return bytes;
}
