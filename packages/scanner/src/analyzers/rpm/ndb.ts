const slotPageBytes = 4_096;
const slotBytes = 16;
const blockBytes = 16;

/** Little-endian `RpmP`, `Slot` and `BlbS`. */
const magic = { file: 0x506d7052, slot: 0x746f6c53, blob: 0x53626c42 };

/**
 * Yields the blobs of an NDB database (rpm's `lib/backend/ndb/rpmpkg.c`): pages of slots at the start, each naming a
 * package's blocks. Throws where the file is not what it says.
 */
export function* ndbBlobs(file: Buffer): Generator<Buffer> {
  if (file.readUInt32LE(0) !== magic.file) throw new Error('The file is no NDB database');
  const slotPages = file.readUInt32LE(12);
  // The header takes the place of the first two slots.
  for (let at = 2 * slotBytes; at < slotPages * slotPageBytes; at += slotBytes) {
    if (file.readUInt32LE(at) !== magic.slot) throw new Error('A slot has no mark');
    const packageIndex = file.readUInt32LE(at + 4);
    const start = file.readUInt32LE(at + 8) * blockBytes;
    if (packageIndex === 0 || start === 0) continue;
    if (file.readUInt32LE(start) !== magic.blob || file.readUInt32LE(start + 4) !== packageIndex) {
      throw new Error('A slot leads to what is not its package');
    }
    const bytes = file.readUInt32LE(start + 12);
    yield file.subarray(start + 16, start + 16 + bytes);
  }
}
