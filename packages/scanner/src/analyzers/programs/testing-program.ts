import type { BinaryAnalyzer } from '../analyzer.ts';
import { ProgramReader } from './program-reader.ts';

/** For tests: the header of a program of 64 bits that names no segments, so that all of it is looked at. */
export const elfHeader = Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), Buffer.alloc(57)]);

/** For tests: shows a program to an analyzer, in pieces of some size as layers are read. */
export function readProgram(
  analyzer: BinaryAnalyzer,
  bytes: Buffer,
  { path = 'usr/bin/app', pieceBytes = 65_536 } = {},
) {
  const reader = new ProgramReader(path, [analyzer]);
  for (let at = 0, isOpen = true; isOpen && at < bytes.length; at += pieceBytes) {
    // A copy that is overwritten: nothing of the bytes may be kept.
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    isOpen = reader.write(piece);
    piece.fill(0xff);
  }
  const facts = reader.end();
  const names = facts.packages?.map(({ name, version }) => `${name} ${version}`);
  return { facts, names };
}
