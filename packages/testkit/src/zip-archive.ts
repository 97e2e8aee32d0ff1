import { crc32, deflateRawSync } from 'node:zlib';

/** A file to be put into an archive; its name goes in as it is, also one that no honest archive holds. */
export type ArchiveFile = { readonly name: string; readonly bytes: Uint8Array };

/**
 * Makes a zip of files (PKWARE APPNOTE 6.3). The same files give the same bytes. With `zip64` the directory is
 * described by the records that archives of more than 65,535 files need.
 */
export function makeZip(files: readonly ArchiveFile[], { zip64 = false } = {}): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const file of files) {
    const { local, central } = entry(file, offset);
    parts.push(local);
    directory.push(central);
    offset += local.length;
  }
  const directoryBytes = Buffer.concat(directory);
  return Buffer.concat([...parts, directoryBytes, end(files.length, directoryBytes.length, offset, zip64)]);
}

/** 1980-01-01, the first day that a zip can tell. */
const firstDay = 0x21;
const deflated = 8;
const utf8Names = 0x800;

function entry({ name, bytes }: ArchiveFile, offset: number): { local: Buffer; central: Buffer } {
  const nameBytes = Buffer.from(name);
  const data = deflateRawSync(bytes, { level: 9 });
  // What both headers tell: version needed .. extra length.
  const told = Buffer.alloc(26);
  told.writeUInt16LE(20, 0);
  told.writeUInt16LE(utf8Names, 2);
  told.writeUInt16LE(deflated, 4);
  told.writeUInt16LE(firstDay, 8);
  told.writeUInt32LE(crc32(bytes), 10);
  told.writeUInt32LE(data.length, 14);
  told.writeUInt32LE(bytes.length, 18);
  told.writeUInt16LE(nameBytes.length, 22);

  const central = Buffer.alloc(46);
  central.write('PK\x01\x02', 'latin1');
  central.writeUInt16LE(20, 4);
  told.copy(central, 6);
  central.writeUInt32LE(offset, 42);
  return {
    local: Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), told, nameBytes, data]),
    central: Buffer.concat([central, nameBytes]),
  };
}

function end(count: number, directoryLength: number, offset: number, zip64: boolean): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  if (!zip64) {
    end.writeUInt16LE(count, 8);
    end.writeUInt16LE(count, 10);
    end.writeUInt32LE(directoryLength, 12);
    end.writeUInt32LE(offset, 16);
    return end;
  }
  end.fill(0xff, 8, 20);
  const record = Buffer.alloc(56);
  record.write('PK\x06\x06', 'latin1');
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(directoryLength), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + directoryLength), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end]);
}
