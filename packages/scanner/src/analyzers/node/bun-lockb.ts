import type { PackageList } from '../package-list.ts';

const magic = Buffer.from('#!/usr/bin/env bun\nbun-lockfile-format-v0\n');

/** Bytes that say what a package was resolved to, by the version of the format: 3 counts with wider numbers. */
const resolutionBytes: Readonly<Record<number, number>> = { 2: 64, 3: 72 };
/** The kind of resolution that is a package of a registry; the others are workspaces, folders, git and archives. */
const fromRegistry = 2;

/** What stands before the packages: magic, version, hash, sizes, and where the packages begin and end. */
const headerBytes = magic.length + 84;

/** Lists of trees and dependencies that stand between the packages and the texts. */
const listsBeforeTexts = 5;

/** More packages than any project has; each has 250 bytes. */
const maxPackages = 100_000;

/**
 * Reads bun's binary lockfile, which bun wrote by default before 1.2 (oven-sh/bun, `src/install/lockfile.zig` and
 * `lockfile/Buffers.zig`): a header, the packages field by field, then lists, each with its beginning and its end.
 * The first fields are names, their hashes and resolutions. Throws where the bytes are not what they say.
 */
export function readBunLockb(bytes: Buffer, packages: PackageList): void {
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new Error('The file is no lockfile of bun');
  if (bytes.length < headerBytes) throw new Error('The lockfile is too short');
  const format = bytes.readUInt32LE(magic.length);
  const size = resolutionBytes[format];
  if (size === undefined) throw new Error('The lockfile has a format that is not known');
  // After the version come a hash of 32 bytes and the size of the whole.
  const count = numberAt(bytes, magic.length + 44);
  const [begin, end] = [numberAt(bytes, magic.length + 68), numberAt(bytes, magic.length + 76)];
  const resolutions = begin + 16 * count;
  if (count > maxPackages || resolutions + size * count > end || end > bytes.length)
    throw new Error('The lockfile is too short');

  const texts = textsAfter(bytes, end);
  for (let index = 0; index < count; index += 1) {
    const resolution = resolutions + index * size;
    if (bytes[resolution] !== fromRegistry) continue;
    packages.add(textAt(bytes, begin + 8 * index, texts), versionAt(bytes, resolution + 16, format, texts));
  }
}

/** Three numbers, then what stands behind `-` and behind `+`, each a text and its hash. */
function versionAt(bytes: Buffer, at: number, format: number, texts: Buffer): string {
  const isWide = format === 3;
  const numbers = [0, 1, 2].map((index) =>
    isWide ? numberAt(bytes, at + 8 * index) : bytes.readUInt32LE(at + 4 * index),
  );
  const tag = at + (isWide ? 24 : 16);
  const [before, build] = [textAt(bytes, tag, texts), textAt(bytes, tag + 16, texts)];
  return numbers.join('.') + (before && `-${before}`) + (build && `+${build}`);
}

/** Eight bytes: a short text itself, else, with the highest bit set, where it is in the texts and its length. */
function textAt(bytes: Buffer, at: number, texts: Buffer): string {
  if (bytes.readUInt8(at + 7) < 0x80) return bytes.toString('utf8', at, at + 8).replace(/\0.*$/s, '');
  const start = bytes.readUInt32LE(at);
  const length = bytes.readUInt32LE(at + 4) & 0x7fffffff;
  return texts.toString('utf8', start, start + length);
}

/** The last of the lists. */
function textsAfter(bytes: Buffer, end: number): Buffer {
  let at = end;
  for (let list = 0; list <= listsBeforeTexts; list += 1) {
    // Each begins with where it begins and ends.
    if (at + 16 > bytes.length) throw new Error('The lockfile is too short for its lists');
    if (list === listsBeforeTexts) break;
    const next = numberAt(bytes, at + 8);
    if (next < at + 16) throw new Error('The lists of the lockfile go backwards');
    at = next;
  }
  return bytes.subarray(numberAt(bytes, at), numberAt(bytes, at + 8));
}

const numberAt = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at));
