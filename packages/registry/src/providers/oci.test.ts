import { addImage, buildImage, listingFaults, startTestRegistry } from '@plimsoll/testkit';
import { testProvider } from './provider.conformance.ts';

for (const kind of ['basic', 'bearer'] as const) {
  testProvider(
    `oci with ${kind} authentication`,
    { pushedAtKind: 'absent', pushedAt: undefined, hasDigests: false },
    async (user) => {
      const server = await startTestRegistry({ authentication: { kind, ...user } });
      return {
        credentials: { type: 'oci', registryBase: server.base, ...user },
        async addTags(repository, tags) {
          const image = await buildImage({ layers: [{ files: [{ path: 'name', content: repository }] }] });
          for (const tag of tags) addImage(server.content, repository, tag, image);
          return image.digest;
        },
        play: (fault, times = Infinity) =>
          server.faults.add({ path: /_catalog/, fault: listingFaults[fault], times }),
        stop: () => server.stop(),
      };
    },
  );
}
