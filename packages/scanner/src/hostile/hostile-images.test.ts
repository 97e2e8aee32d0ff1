import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImage, rawTar, writeLayout } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileArchives } from './testing-hostile-archives.ts';
import { hostileDocuments } from './testing-hostile-documents.ts';
import { file } from './testing-hostile-image.ts';
import { hostileTars } from './testing-hostile-tars.ts';
import type { ScanReport } from './testing-scan-child.ts';

// Each of these images has an honest layer below, and honest packages in the layer with what is hostile. Mutations of
// everything are in fuzz/.

const images = [...hostileTars, ...hostileArchives, ...hostileDocuments];

/** Resident memory of a process that scans, bytes: Node and the program, a thread's heap of 256 MiB, one large body. */
const mostMemory = 512 * 1024 * 1024;

/** Readings of a layer at most: for links, hard links and want of memory it is read again. */
const mostReadings = 4;

describe('a hostile image', () => {
  const reports = new Map<string, ScanReport>();
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plimsoll-hostile-'));
    const base = rawTar([
      file('var/lib/dpkg/status', 'Package: bash\nStatus: install ok installed\nVersion: 5.2\n'),
    ]);
    const built = images.map(async ({ layer }, index) => ({
      name: String(index),
      // Which compression a layer has, its first bytes say.
      image: await buildImage({ layers: [base, layer].map((tar) => ({ tar, mediaType: 'plain' })) }),
    }));
    await writeLayout(folder, await Promise.all(built));
    const child = join(import.meta.dirname, 'testing-scan-child.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [child, folder]);
    for (const line of stdout.trim().split('\n')) {
      const report = JSON.parse(line) as ScanReport;
      reports.set(images[Number(report.name)]!.what, report);
    }
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(images)('with $what is read beside it, and the problem is named', ({ what, warnings, finds }) => {
    const report = reports.get(what);

    expect(report?.packages).toEqual(expect.arrayContaining(['bash 5.2', ...finds]));
    expect(report?.warnings).toEqual(warnings);
  });

  it.each(images)('with $what costs no more than is stated', ({ what, layer }) => {
    const { bytesPulled, peakBytes } = reports.get(what)!;

    expect(bytesPulled).toBeLessThanOrEqual(mostReadings * (layer.length + 10_000));
    expect(peakBytes).toBeLessThan(mostMemory);
  });
});
