import { addImage, buildImage, harborRoutes, listingFaults, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';

testProvider(
  'harbor-cr',
  { pushedAtKind: 'tag', pushedAt: '2024-02-03T04:05:06.789Z', hasDigests: true },
  async (user) => {
    const server = await startTestRegistry({
      authentication: { kind: 'bearer', ...user },
      routes: harborRoutes(user),
    });
    return {
      credentials: { type: 'harbor-cr', registryBase: server.base, ...user },
      async addTags(repository, tags) {
        const image = await buildImage({ layers: [{ files: [{ path: 'name', content: repository }] }] });
        for (const tag of tags) addImage(server.content, repository, tag, image);
        return image.digest;
      },
      play: (fault, times = Infinity) =>
        server.faults.add({ path: /\/repositories$/, fault: listingFaults[fault], times }),
      stop: () => server.stop(),
    };
  },
);
