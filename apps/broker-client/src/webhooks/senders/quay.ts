import { z } from 'zod';
import type { Sender } from '../sender.ts';
import { parse } from '../told.ts';

const Webhook = z.object({
  repository: z.string(),
  docker_url: z.string(),
  /** Older servers tell which image each tag is. */
  updated_tags: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]),
});

/** Quay's "push to repository" notification: it signs nothing and tells neither digest nor time. */
export const quay: Sender = {
  id: 'quay',
  types: ['quay-cr'],
  proof: undefined,
  read({ body }) {
    const webhook = parse(Webhook, body);
    if (!webhook) return undefined;
    const { repository, updated_tags: updated } = webhook;
    const tags = Array.isArray(updated)
      ? updated
      : Object.keys(updated).filter((tag) => typeof updated[tag] === 'string');
    return { pushes: tags.map((tag) => ({ repository, tag })) };
  },
};
