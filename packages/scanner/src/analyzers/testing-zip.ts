import { deflateRawSync } from 'node:zlib';

/** For tests: writes a ZIP archive of files by name (PKWARE APPNOTE.TXT), without the checksums that we do not check. */
export function zip(files: Readonly<Record<string, Buffer | string>>, { deflate = true } = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const plain = Buffer.from(content);
    const stored = deflate ? deflateRawSync(plain) : plain;
    const sizes = {
      method: deflate ? 8 : 0,
      stored: stored.length,
      plain: plain.length,
      name: Buffer.byteLength(name),
    };
    const local = Buffer.concat([header(0x04034b50, 30, sizes, 8), Buffer.from(name), stored]);
    const central = header(0x02014b50, 46, sizes, 10);
    central.writeUInt32LE(offset, 42);
    centrals.push(central, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(locals.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

type Sizes = {
  readonly method: number;
  readonly stored: number;
  readonly plain: number;
  readonly name: number;
};

/** Local and central headers hold the same fields, the central ones two bytes later. */
function header(signature: number, bytes: number, sizes: Sizes, methodAt: number): Buffer {
  const made = Buffer.alloc(bytes);
  made.writeUInt32LE(signature, 0);
  made.writeUInt16LE(sizes.method, methodAt);
  made.writeUInt32LE(sizes.stored, methodAt + 10);
  made.writeUInt32LE(sizes.plain, methodAt + 14);
  made.writeUInt16LE(sizes.name, methodAt + 18);
  return made;
}
