// The imitation of Harbor as a process of its own: `node fake-harbor.ts REPOSITORIES TAGS MANY`, prints its address.
import { createHash } from 'node:crypto';
import { harborRoutes, startTestRegistry, tagsOf } from '@plimsoll/testkit';
import { benchUser, manyName, repositoryName, tagName } from './names.ts';

const [repositories = 0, tags = 0, many = 0] = process.argv.slice(2).map(Number);
const server = await startTestRegistry({
  authentication: { kind: 'basic', ...benchUser },
  routes: harborRoutes(benchUser),
});

function addTags(repository: string, count: number): void {
  const stored = tagsOf(server.content, repository);
  for (let index = 0; index < count; index++) {
    const hex = createHash('sha256').update(`${repository}:${index}`).digest('hex');
    stored.set(tagName(index), { digest: `sha256:${hex}`, pushedAt: '2024-02-03T04:05:06.789Z' });
  }
}

for (let index = 0; index < repositories; index++) addTags(repositoryName(index), tags);
addTags(manyName, many);
console.log(server.base);
