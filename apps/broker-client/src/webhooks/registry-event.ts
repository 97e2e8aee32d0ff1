import { z } from 'zod';
import type { ToldPush } from './sender.ts';
import { parse, timeOf } from './told.ts';

const RegistryEvent = z.object({
  action: z.string(),
  timestamp: z.string().nullish(),
  target: z.object({
    mediaType: z.string().nullish(),
    repository: z.string(),
    tag: z.string().nullish(),
    digest: z.string().nullish(),
  }),
});

/** What is pushed besides are blobs. */
const manifestType =
  /^application\/vnd\.(?:docker\.distribution\.manifest\.|oci\.image\.(?:manifest|index)\.)/;

/**
 * Reads one event of distribution, which other products send as well; undefined unless it is the push of a tag. The
 * platforms of an image have events of their own, without a tag.
 * https://distribution.github.io/distribution/about/notifications/
 */
export function pushOf(value: unknown): ToldPush | undefined {
  const event = parse(RegistryEvent, value);
  if (event?.action !== 'push') return undefined;
  const { mediaType, repository, tag, digest } = event.target;
  if (!tag || !manifestType.test(mediaType ?? '')) return undefined;
  return { repository, tag, digest: digest ?? undefined, pushedAt: timeOf(event.timestamp) };
}
