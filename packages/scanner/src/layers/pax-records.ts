import { LayerError } from './layer-error.ts';

/** What a pax extended header may change in the entry that follows (POSIX pax, and GNU's sparse extension). */
export type PaxRecords = {
  path?: string;
  linkpath?: string;
  size?: number;
  isSparse?: boolean;
};

/**
 * Reads `length key=value\n` records. Keys that are not used here are passed over.
 * @throws {LayerError} `layer-corrupt` when a record does not follow the form.
 */
export function readPaxRecords(bytes: Buffer): PaxRecords {
  const records: PaxRecords = {};
  let sparseName: string | undefined;
  let offset = 0;
  while (offset < bytes.length && bytes[offset] !== 0) {
    const space = bytes.indexOf(0x20, offset);
    const digits = space < 0 ? '' : bytes.toString('latin1', offset, Math.min(space, offset + 10));
    const end = offset + Number(digits);
    if (!/^\d+$/.test(digits) || end > bytes.length || end <= space + 1 || bytes[end - 1] !== 0x0a) {
      throw new LayerError('layer-corrupt', 'A pax header has a broken record');
    }
    const equals = bytes.indexOf(0x3d, space);
    if (equals > 0 && equals < end) {
      const key = bytes.toString('latin1', space + 1, equals);
      const value = () => bytes.toString('utf8', equals + 1, end - 1);
      if (key === 'path') records.path = value();
      else if (key === 'linkpath') records.linkpath = value();
      else if (key === 'size') records.size = size(value());
      else if (key === 'GNU.sparse.name') sparseName = value();
      if (key.startsWith('GNU.sparse.')) records.isSparse = true;
    }
    offset = end;
  }
  // Sparse files hide under a made-up `path`.
  if (sparseName !== undefined) records.path = sparseName;
  return records;
}

function size(value: string): number {
  const bytes = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(bytes)) {
    throw new LayerError('layer-corrupt', 'A pax header has an impossible size');
  }
  return bytes;
}
