import type { TagWithMetadata } from '@plimsoll/contracts';
import type { Registry } from '@plimsoll/registry';

/** Questions to the registry at a time. */
const atATime = 8;

/** Longest time spent on the digests of one page, milliseconds: the caller still wants its page within its deadline. */
const timeMs = 30_000;

/**
 * Asks for the digests that a registry's listing did not tell, on the connection that listed. Whoever wants those that
 * stay unknown, because time is over or the registry would not tell, asks for them one by one.
 */
export async function learnDigests(
  registry: Pick<Registry, 'resolve'>,
  repository: string,
  tags: readonly TagWithMetadata[],
  signal: AbortSignal,
): Promise<TagWithMetadata[]> {
  const learned = [...tags];
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeMs)]);
  const entries = tags.entries();
  const worker = async () => {
    // The workers share the iterator, so each tag is asked for once.
    for (const [index, tag] of entries) {
      if (deadline.aborted) return;
      if (tag.digest !== undefined) continue;
      const resolved = await registry.resolve(repository, tag.name, deadline).catch(() => undefined);
      if (resolved) learned[index] = { ...tag, digest: resolved.digest };
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  signal.throwIfAborted();
  return learned;
}
