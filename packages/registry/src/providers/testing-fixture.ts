import type { RegistryCredentials } from '@plimsoll/contracts';
import {
  addImage,
  buildImage,
  listingFaults,
  type Fault,
  type PlannedFault,
  type TestRegistry,
} from '@plimsoll/testkit';
import type { ProviderFixture } from './provider.conformance.ts';

/**
 * Makes the fixture of a product out of its fake. `listing` is the path of repository listings, where faults are played;
 * `expired` what a listing answers to a token of the product's own that has run out; `when` tells
 * the listing where other questions go to the same path.
 */
export function fixtureOf(
  server: TestRegistry,
  credentials: RegistryCredentials,
  listing: RegExp,
  expired?: Fault,
  when?: PlannedFault['when'],
): ProviderFixture {
  return {
    credentials,
    faults: server.faults,
    async addTags(repository, tags) {
      const image = await buildImage({ layers: [{ files: [{ path: 'name', content: repository }] }] });
      for (const tag of tags) addImage(server.content, repository, tag, image);
      return image.digest;
    },
    play: (fault, times = Infinity) =>
      server.faults.add({ path: listing, fault: listingFaults[fault], times, ...(when && { when }) }),
    expire() {
      server.expireTokens();
      if (expired) server.faults.add({ path: listing, fault: expired, times: 1, ...(when && { when }) });
    },
    stop: () => server.stop(),
  };
}
