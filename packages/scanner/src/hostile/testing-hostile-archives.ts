import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { fixture } from '../analyzers/testing-read.ts';
import { zip } from '../analyzers/testing-zip.ts';
import { file, hostile, type HostileImage } from './testing-hostile-image.ts';

const mebibyte = 1024 * 1024;
const directoryEntry = Buffer.from('PK\x01\x02', 'latin1');

/** An archive of which the directory says that a file full of zeros has ten bytes. */
function lyingBomb(): Buffer {
  const bomb = zip({ 'META-INF/MANIFEST.MF': Buffer.alloc(16 * mebibyte) });
  bomb.writeUInt32LE(10, bomb.lastIndexOf(directoryEntry) + 24);
  return bomb;
}

/** An archive of whose entries each is the same archive full of zeros: each costs all of it, none of the bytes. */
function overlappingBomb(): Buffer {
  const inner = zip({ 'META-INF/MANIFEST.MF': Buffer.alloc(60 * mebibyte) });
  const names = Array.from({ length: 500 }, (_, index) => `${String(index).padStart(4, '0')}.jar`);
  const files = Object.fromEntries(names.map((name, index) => [name, index === 0 ? inner : Buffer.alloc(0)]));
  const archive = zip(files, { deflate: false });
  // All entries of the directory get what the first says of itself.
  const first = archive.indexOf(directoryEntry);
  const told = Buffer.from(archive.subarray(first, first + 46));
  for (
    let at = archive.indexOf(directoryEntry, first + 1);
    at >= 0;
    at = archive.indexOf(directoryEntry, at + 1)
  ) {
    told.copy(archive, at, 0, 46);
  }
  return archive;
}

const nest = (names: readonly string[], core: Buffer) =>
  names.reduce((inner, name) => zip({ [`${name}.jar`]: inner }), core);

/** A Berkeley DB of which every chain of pages leads back to its first page. */
function circularBerkeleyDb(): Buffer {
  const bytes = Buffer.from(gunzipSync(fixture('rpm/Packages.gz')));
  const pageBytes = bytes.readUInt32LE(20);
  for (let page = 0; page + pageBytes <= bytes.length; page += pageBytes) {
    if (bytes[page + 25] === 7) bytes.writeUInt32LE(page / pageBytes, page + 16);
  }
  return bytes;
}

/** An SQLite database of which every tree page is one above other pages, the first of them itself. */
function circularSqlite(): Buffer {
  const bytes = Buffer.from(gunzipSync(fixture('rpm/rpmdb.sqlite.gz')));
  const pageBytes = bytes.readUInt16BE(16);
  for (let page = pageBytes; page + pageBytes <= bytes.length; page += pageBytes) {
    if (bytes[page] !== 13) continue;
    bytes[page] = 5;
    bytes.writeUInt32BE(page / pageBytes + 1, page + 8);
  }
  return bytes;
}

/** An NDB database of which a million slots lead to the first package. */
function circularNdb(): Buffer {
  const bytes = gunzipSync(fixture('rpm/Packages.db.gz'));
  const slot = bytes.subarray(32, 48);
  const blob = bytes.subarray(bytes.readUInt32LE(40) * 16);
  const slotPages = 4_096;
  const database = Buffer.concat([bytes.subarray(0, 32), Buffer.alloc(slotPages * 4_096 - 32, slot), blob]);
  database.writeUInt32LE(slotPages, 12);
  for (let at = 32; at < slotPages * 4_096; at += 16) database.writeUInt32LE(slotPages * 256, at + 8);
  return database;
}

/** An NDB database of one package that lists as many files as a database may have bytes for. */
function endlessRpm(): Buffer {
  const texts = Buffer.from('endless\x001\x002\0', 'latin1');
  const names = Buffer.alloc(48 * mebibyte, 'a\0');
  const entries = [
    [1000, 6, 0, 1],
    [1001, 6, 8, 1],
    [1002, 6, 10, 1],
    [1117, 8, texts.length, names.length / 2],
  ].map((numbers) => {
    const entry = Buffer.alloc(16);
    numbers.forEach((number, index) => entry.writeUInt32BE(number, index * 4));
    return entry;
  });
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32BE(entries.length, 0);
  sizes.writeUInt32BE(texts.length + names.length, 4);
  const header = Buffer.concat([sizes, ...entries, texts, names]);
  const start = Buffer.alloc(4_096);
  start.write('RpmP', 0, 'latin1');
  start.writeUInt32LE(1, 12);
  for (let at = 32; at < start.length; at += 16) start.write('Slot', at, 'latin1');
  start.writeUInt32LE(1, 36);
  start.writeUInt32LE(256, 40);
  const blob = Buffer.alloc(16);
  blob.write('BlbS', 0, 'latin1');
  blob.writeUInt32LE(1, 4);
  blob.writeUInt32LE(header.length, 12);
  return Buffer.concat([start, blob, header]);
}

const database = 'var/lib/rpm';

/** For tests: archives in a layer, and package databases, that cost more than they hold. */
export const hostileArchives: readonly HostileImage[] = [
  hostile(
    'an archive that unpacks to more than it says',
    [file('srv/bomb.jar', lyingBomb())],
    ['file-unreadable'],
  ),
  hostile(
    'an archive whose entries are one and the same bomb',
    [file('srv/bomb.jar', overlappingBomb())],
    ['file-unreadable'],
  ),
  hostile(
    'an archive larger than is held',
    [file('srv/large.jar', Buffer.alloc(129 * mebibyte))],
    ['file-too-large'],
  ),
  hostile(
    'a Python archive that unpacks without end',
    [file('srv/a-1.egg', zip({ 'EGG-INFO/PKG-INFO': Buffer.alloc(100 * mebibyte) }))],
    ['file-unreadable'],
  ),
  hostile(
    'archives in archives in archives',
    [file('srv/nested.jar', nest(['a', 'b', 'c', 'd', 'e', 'f'], zip({})))],
    ['file-unreadable'],
  ),
  hostile(
    'bombs in archives in archives',
    [file('srv/nested.war', nest(['a', 'b'], zip({ 'c.jar': Buffer.alloc(200 * mebibyte) })))],
    ['file-unreadable'],
  ),
  hostile(
    'an archive of a hundred thousand manifests',
    [
      file(
        'srv/manifests.jar',
        zip(
          Object.fromEntries(
            Array.from({ length: 60_000 }, (_, index) => [`META-INF/maven/g/a${index}/pom.properties`, 'x']),
          ),
          { deflate: false },
        ),
      ),
    ],
    ['file-unreadable'],
  ),
  hostile(
    'a Berkeley DB that leads in circles',
    [file(`${database}/Packages`, circularBerkeleyDb())],
    ['file-unreadable'],
  ),
  hostile(
    'an SQLite database that leads in circles',
    [file(`${database}/rpmdb.sqlite`, circularSqlite())],
    ['file-unreadable'],
  ),
  hostile(
    'an NDB database of which all slots lead to one package',
    [file(`${database}/Packages.db`, circularNdb())],
    ['file-unreadable', 'inventory-cut'],
  ),
  hostile(
    'an NDB database of a package with millions of files',
    [file(`${database}/Packages.db`, endlessRpm())],
    ['file-unreadable'],
  ),
  hostile(
    'a Chisel manifest that unpacks without end',
    [file('var/lib/chisel/manifest.wall', zstdCompressSync(Buffer.alloc(70_000_000)))],
    ['file-unreadable'],
  ),
];
