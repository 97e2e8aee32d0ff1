import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrograms, runProgram } from '../../../e2e/support/programs.ts';
import { progress } from '../../report.ts';
import { packFolder, type PackedLayer } from './pack-layer.ts';
import { unpackDebs } from './unpack-debs.ts';

/** One layer: Debian packages, and what the package manager of a language adds to them. */
export type LayerRecipe = {
  readonly name: string;
  readonly debs: readonly string[];
  /** Wheels for the system's Python. */
  readonly wheels?: readonly string[];
  /** Packages of npm, installed in `folder`. */
  readonly npm?: { readonly folder: string; readonly packages: readonly string[] };
};

/** A Debian image as teams build them, in six layers: the system, Node, Python, Java, Go and an application. */
export const bigImage: readonly LayerRecipe[] = [
  {
    name: 'base',
    debs: ['apt', 'base-files', 'bash', 'ca-certificates', 'curl'],
  },
  { name: 'node', debs: ['nodejs', 'npm'] },
  {
    name: 'python',
    debs: ['python3', 'python3-venv'],
    wheels: [
      'django==5.1.4',
      'requests==2.32.3',
      'numpy==1.26.4',
      'pandas==2.2.3',
      'flask==3.1.0',
      'boto3==1.35.80',
    ],
  },
  { name: 'java', debs: ['openjdk-17-jre-headless', 'maven', 'tomcat10'] },
  {
    name: 'go',
    debs: ['caddy'],
    npm: { folder: 'opt/tools', packages: ['esbuild@0.24.0', '@bufbuild/buf@1.47.2'] },
  },
  {
    name: 'application',
    debs: [],
    npm: {
      folder: 'srv/app',
      packages: [
        'express@4.21.2',
        'react@18.3.1',
        'react-dom@18.3.1',
        'webpack@5.97.1',
        'typescript@5.7.2',
        'eslint@8.57.1',
        'lodash@4.17.21',
        'jest@29.7.0',
        'moment@2.30.1',
        'puppeteer-core@23.10.4',
        'firebase@11.1.0',
        'date-fns@4.1.0',
        'core-js@3.39.0',
      ],
    },
  },
];

/** A small service on a slim base. */
export const smallImage: readonly LayerRecipe[] = [
  { name: 'base', debs: ['base-files', 'bash', 'apt'] },
  { name: 'application', debs: [], npm: { folder: 'srv/app', packages: ['express@4.21.2', 'pino@9.5.0'] } },
];

/** Why these images cannot be made here; undefined when they can, as far as can be told without the network. */
export function debianRefusal(): string | undefined {
  const missing = missingPrograms('apt-get', 'dpkg-deb', 'npm', 'python3', 'tar');
  return missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;
}

/** Makes the layers of a recipe below `work` and packs them. */
export async function packRecipe(
  blobs: string,
  work: string,
  recipe: readonly LayerRecipe[],
): Promise<PackedLayer[]> {
  const layers: PackedLayer[] = [];
  let status = '';
  for (const layer of recipe) {
    progress(`making layer ${layer.name}`);
    const root = join(work, layer.name);
    await mkdir(root, { recursive: true });
    if (layer.debs.length > 0) status = await unpackDebs(root, layer.debs, status);
    if (layer.wheels) await installWheels(root, layer.wheels);
    if (layer.npm) await installNpm(join(root, layer.npm.folder), layer.npm.packages);
    layers.push(await packFolder(blobs, root));
  }
  return layers;
}

async function installWheels(root: string, wheels: readonly string[]): Promise<void> {
  const target = join(root, 'usr/local/lib/python3.11/dist-packages');
  const options = '--quiet --no-compile --only-binary=:all: --python-version 3.11 --target'.split(' ');
  await runProgram('python3', ['-m', 'pip', 'install', ...options, target, ...wheels]);
}

async function installNpm(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const options = '--silent --no-audit --no-fund --ignore-scripts --prefix'.split(' ');
  await runProgram('npm', ['install', ...options, folder, ...packages]);
}
