import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { manyName, repositoryName, tagName } from './names.ts';

/**
 * Makes the folders by which docker-registry 2.8 knows repositories and tags. Nothing is behind them: enough to be
 * listed, and a hundred times as fast as pushing.
 */
export function makeRegistryData(dataDir: string, repositories: number, tags: number, many: number): void {
  const root = join(dataDir, 'docker/registry/v2/repositories');
  const add = (repository: string, count: number) => {
    mkdirSync(join(root, repository, '_layers'), { recursive: true });
    const folder = join(root, repository, '_manifests/tags');
    mkdirSync(folder, { recursive: true });
    for (let index = 0; index < count; index++) mkdirSync(join(folder, tagName(index)));
  };
  for (let index = 0; index < repositories; index++) add(repositoryName(index), tags);
  add(manyName, many);
}
