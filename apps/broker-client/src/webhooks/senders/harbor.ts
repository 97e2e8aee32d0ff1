import { z } from 'zod';
import { cloudEventOf } from '../cloud-event.ts';
import { authorizationProof } from '../proofs.ts';
import { noPush, type Sender, type ToldPush } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Artifacts = z.object({
  resources: z.array(z.object({ tag: z.string().nullish(), digest: z.string().nullish() })),
  repository: z.object({ repo_full_name: z.string() }),
});

const Default = z.object({
  type: z.string().regex(/^[A-Z_]+$/),
  occur_at: z.number().nullish(),
  event_data: z.record(z.string(), z.unknown()),
});

/** Harbor's webhooks in both of its formats; it sends the configured value as `authorization`, as it is. */
export const harbor: Sender = {
  id: 'harbor',
  types: ['harbor-cr'],
  proof: authorizationProof,
  read(notification) {
    const cloudEvent = cloudEventOf(notification);
    if (cloudEvent?.type.startsWith('harbor.')) {
      if (cloudEvent.type !== 'harbor.artifact.pushed') return noPush;
      return { pushes: pushesOf(cloudEvent.data, timeOf(cloudEvent.time)) };
    }
    const event = parse(Default, notification.body);
    if (!event) return undefined;
    if (event.type !== 'PUSH_ARTIFACT') return noPush;
    return { pushes: pushesOf(event.event_data, timeOf(event.occur_at)) };
  },
};

function pushesOf(data: unknown, pushedAt: Date | undefined): ToldPush[] {
  const artifacts = parse(Artifacts, data);
  if (!artifacts) return [];
  const repository = artifacts.repository.repo_full_name;
  // What has no tag has its digest in the place of one.
  return artifacts.resources.flatMap(({ tag, digest }) =>
    tag && !tag.includes(':') ? [{ repository, tag, digest: digest ?? undefined, pushedAt }] : [],
  );
}
