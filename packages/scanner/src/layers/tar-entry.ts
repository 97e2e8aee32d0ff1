import { blockBytes, type TarEntryType } from './tar-header.ts';

/** What one entry of a tar needs. */
export type WrittenEntry = {
  readonly type: TarEntryType;
  readonly path: string;
  readonly target: string;
  readonly sizeBytes: number;
};

const kinds: Readonly<Record<TarEntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  device: '3',
  directory: '5',
};

/** Writes the head of a tar entry (POSIX pax): its extended header when a name needs one, and its header. */
export function tarHead({ type, path, target, sizeBytes }: WrittenEntry): Buffer {
  const records = [
    ...(isShort(path) ? [] : [paxRecord('path', path)]),
    ...(isShort(target) ? [] : [paxRecord('linkpath', target)]),
  ].join('');
  const head = header(
    kinds[type],
    isShort(path) ? path : 'long',
    isShort(target) ? target : 'long',
    sizeBytes,
  );
  if (records === '') return head;
  const body = Buffer.from(records);
  return Buffer.concat([header('x', 'pax', '', body.length), body, tarPadding(body.length), head]);
}

/** A head that readers pass over; a tar that begins with it is not taken for anything else by its first bytes. */
export function tarStart(): Buffer {
  return header('g', 'pax', '', 0);
}

/** What fills up the last block of a body. */
export function tarPadding(sizeBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (sizeBytes % blockBytes)) % blockBytes);
}

/** The end mark of a tar. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * blockBytes);
}

/** Whether a name fits into its field, byte for byte. */
function isShort(name: string): boolean {
  return name.length <= 100 && /^[\x20-\x7e]*$/.test(name);
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  // The length counts its own digits.
  let length = bytes + 1;
  while (String(length).length + bytes !== length) length += 1;
  return `${length}${rest}`;
}

function header(kind: string, name: string, target: string, sizeBytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 100, 'latin1');
  block.write('0000644\0', 100);
  block.write(sizeBytes.toString(8).padStart(11, '0'), 124);
  block.write(kind, 156, 1);
  block.write(target, 157, 100, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
