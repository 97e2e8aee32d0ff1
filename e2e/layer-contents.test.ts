import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inventory } from '@plimsoll/contracts';
import { buildImage, writeLayout } from '@plimsoll/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from './support/docker-registry.ts';
import { plimsoll } from './support/plimsoll.ts';
import { missingPrograms } from './support/programs.ts';
import { pushImage } from './support/skopeo.ts';

const missing = missingPrograms('docker-registry', 'skopeo');
if (missing.length > 0) console.log(`layer-contents.test.ts skipped: not installed: ${missing.join(', ')}`);

const names = ['estargz', 'zstd-chunked'] as const;

// Layers with a table of contents, in a real registry.
describe.skipIf(missing.length > 0)('docker-registry', () => {
  let dir: string;
  let registry: DockerRegistry;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'plimsoll-contents-'));
    registry = await startDockerRegistry();
    const files = [
      { path: 'usr/share/ballast', content: randomBytes(4_000_000) },
      ...Array.from({ length: 200 }, (_, index) => ({
        path: `app/node_modules/p${index}/package.json`,
        content: JSON.stringify({ name: `p${index}`, version: '1.0.0' }),
      })),
      { path: 'usr/share/more', content: randomBytes(4_000_000) },
    ];
    for (const name of names) {
      const image = await buildImage({ layers: [{ files, mediaType: name }] });
      await writeLayout(join(dir, name), [{ name, image }]);
      await pushImage({ dir: join(dir, name), name }, registry, `team/app:${name}`);
    }
  });

  afterAll(async () => {
    await registry.stop();
    await rm(dir, { recursive: true, force: true });
  });

  async function scanned(name: string, ...options: string[]): Promise<Inventory> {
    const args = ['scan', '--insecure-http', '--format', 'json', ...options];
    const { output, code } = await plimsoll([...args, `${registry.host}/team/app:${name}`]);
    expect(code).toBe(0);
    return Inventory.parse(JSON.parse(output));
  }

  it.each(names)('is asked for the parts of a layer in %s that a scan needs', async (name) => {
    const { cost, ...byContents } = await scanned(name);
    const { cost: wholeCost, ...whole } = await scanned(name, '--whole-layers');

    expect(byContents).toEqual(whole);
    expect(byContents.packages).toHaveLength(200);
    expect(cost.bytesPulled).toBeLessThan(wholeCost.bytesPulled / 50);
    expect(cost.bytesPulled + (cost.bytesAvoided ?? 0)).toBe(wholeCost.bytesPulled);
  });
});
