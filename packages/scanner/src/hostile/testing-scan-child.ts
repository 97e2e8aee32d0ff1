import { readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LayerReaders } from '../layers/layer-readers.ts';
import { scanImage } from '../scan-image.ts';
import { openImageSource } from '../sources/open-image-source.ts';

// For tests: `node testing-scan-child.ts LAYOUT` scans each image of a layout, one after the other, in one process, and
// prints a line for each with what was found and what it cost. A process of its own: its memory is the scans' alone.

/** What one scan found and cost. */
export type ScanReport = {
  readonly name: string;
  readonly packages: readonly string[];
  readonly warnings: readonly string[];
  readonly bytesPulled: number;
  /** Highest resident memory of the process during the scan, bytes; elsewhere than on Linux, that at its end. */
  readonly peakBytes: number;
};

/** Linux tells the highest resident memory, and forgets it when asked to (proc(5), `clear_refs`). */
const isLinux = process.platform === 'linux';
const peakBytes = () =>
  isLinux
    ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024
    : process.memoryUsage.rss();
const forgetPeak = () => {
  if (isLinux) writeFileSync('/proc/self/clear_refs', '5');
};

const [layout = ''] = process.argv.slice(2);
const { manifests } = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as {
  manifests: { annotations: Record<string, string> }[];
};
const { signal } = new AbortController();
/** Above it, bytes, a thread is not used again, so that little of one image is left for the next. */
const fewBytes = 200 * 1024 * 1024;
let readers = new LayerReaders({ threads: 1 });
for (const { annotations } of manifests) {
  const name = annotations['org.opencontainers.image.ref.name']!;
  if (process.memoryUsage.rss() > fewBytes) {
    await readers.close();
    readers = new LayerReaders({ threads: 1 });
  }
  forgetPeak();
  const source = await openImageSource(layout, { reference: name }, signal);
  const { packages, warnings, cost } = await scanImage(source, { readers }, signal);
  const report: ScanReport = {
    name,
    packages: packages.map((one) => `${one.name} ${one.version}`),
    warnings: [...new Set(warnings.map(({ code }) => code))],
    bytesPulled: cost.bytesPulled,
    peakBytes: peakBytes(),
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}
await readers.close();
