import { z } from 'zod';
import type { Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Webhook = z.object({
  push_data: z.object({ tag: z.string().nullish(), pushed_at: z.number().nullish() }),
  repository: z.object({ repo_name: z.string() }),
});

/** Docker Hub signs nothing and tells no digest. https://docs.docker.com/docker-hub/repos/manage/webhooks/ */
export const dockerHub: Sender = {
  id: 'docker-hub',
  types: ['docker-hub'],
  proof: undefined,
  read({ body }) {
    const webhook = parse(Webhook, body);
    if (!webhook) return undefined;
    const { tag, pushed_at: pushedAt } = webhook.push_data;
    const repository = webhook.repository.repo_name;
    return { pushes: tag ? [{ repository, tag, pushedAt: timeOf(pushedAt) }] : [] };
  },
};
