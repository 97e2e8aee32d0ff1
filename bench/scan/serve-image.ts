import { serveLayout } from '@plimsoll/testkit';
import { startDockerRegistry } from '../../e2e/support/docker-registry.ts';
import { missingPrograms } from '../../e2e/support/programs.ts';
import { pushImage } from '../../e2e/support/skopeo.ts';
import { progress } from '../report.ts';

export type ServedImage = {
  readonly base: string;
  readonly repository: string;
  readonly reference: string;
  /** What serves it, for the table. */
  readonly server: string;
  stop(): Promise<void>;
};

/** Serves the image `bench` of an OCI layout on the loopback: by docker-registry when it is there, else by our own. */
export async function serveImage(layout: string): Promise<ServedImage> {
  if (missingPrograms('docker-registry', 'skopeo').length > 0) {
    const registry = await serveLayout(layout);
    const [repository, reference] = ['bench', 'bench'];
    const stop = () => registry.stop();
    return { base: registry.base, repository, reference, server: 'the test registry', stop };
  }
  progress('pushing the image into docker-registry');
  const registry = await startDockerRegistry();
  await pushImage({ dir: layout, name: 'bench' }, registry, 'bench/image:1');
  const name = { repository: 'bench/image', reference: '1', server: 'docker-registry' };
  return { base: registry.base, ...name, stop: () => registry.stop() };
}
