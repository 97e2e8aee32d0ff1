import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from '../../../e2e/support/programs.ts';
import type { BenchRegistry } from '../images/served-images.ts';

/** What the images are made for. */
const [os, cpu] = ['linux', 'x64'];

type LockedPackage = { version?: string; optional?: boolean; os?: string[]; cpu?: string[] };

/**
 * Optional packages of other systems and processors, `npm NAME@VERSION`, that npm lockfiles of an image name. npm did
 * not install them, so they are not in the image; the peer lists what lockfiles say.
 */
export async function optionalElsewhere(registry: BenchRegistry, name: string): Promise<Set<string>> {
  const dir = await mkdtemp(join(tmpdir(), 'plimsoll-bench-locks-'));
  const elsewhere = new Set<string>();
  try {
    for (const { digest } of registry.images[name] ?? []) {
      // Tar fails when a layer has no lockfile.
      const script =
        'curl -sSfL "$1" | tar -xzf - -C "$2" --wildcards "*/package-lock.json" 2>/dev/null; true';
      const url = `${registry.base}/v2/bench/${name}/blobs/${digest}`;
      await runProgram('sh', ['-c', script, 'sh', url, dir]);
    }
    const files = (await readdir(dir, { recursive: true })).filter((path) => path.endsWith('.json'));
    for (const path of files.filter((file) => !file.includes('node_modules/'))) {
      const { packages = {} } = JSON.parse(await readFile(join(dir, path), 'utf8')) as {
        packages?: Record<string, LockedPackage>;
      };
      for (const [place, locked] of Object.entries(packages)) {
        const isElsewhere = locked.os?.includes(os) === false || locked.cpu?.includes(cpu) === false;
        if (!locked.optional || !isElsewhere) continue;
        elsewhere.add(`npm ${place.slice(place.lastIndexOf('node_modules/') + 13)}@${locked.version}`);
      }
    }
    return elsewhere;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
