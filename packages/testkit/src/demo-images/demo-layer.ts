import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { LayerFile } from '../image-builder.ts';

/** What a file holds: lines of text, a JSON document, or the target of a symbolic link. */
export type DemoContent = string[] | { json: unknown } | { link: string };

/** One layer as it is shipped in `data/demo-images/layers`: the files it brings, and the paths it removes. */
export type DemoLayer = { files: Record<string, DemoContent>; removed: string[] };

/** Reads a shipped layer by name, as entries for the image builder; removed paths become whiteouts. */
export async function readDemoLayer(name: string): Promise<LayerFile[]> {
  const layer = JSON.parse(await readFile(join(layersDir, `${name}.json`), 'utf8')) as DemoLayer;
  const whiteouts = layer.removed.map((path) => ({
    path: posix.join(posix.dirname(path), `.wh.${posix.basename(path)}`),
  }));
  return [...whiteouts, ...Object.entries(layer.files).map(([path, content]) => entry(path, content))];
}

const layersDir = join(import.meta.dirname, '..', '..', 'data', 'demo-images', 'layers');

function entry(path: string, content: DemoContent): LayerFile {
  if (Array.isArray(content)) return { path, content: content.map((line) => `${line}\n`).join('') };
  if ('link' in content) return { path, type: 'symlink', target: content.link };
  return { path, content: `${JSON.stringify(content.json, null, 2)}\n` };
}
