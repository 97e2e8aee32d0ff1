import { z } from 'zod';
import { anyProof, headerProof, hmacProof } from '../proofs.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse } from '../told.ts';

const Webhook = z.object({
  domain: z.string(),
  event_type: z.string(),
  data: z.object({
    repo_key: z.string(),
    /** `team/app/1.0/manifest.json` */
    path: z.string(),
    tag: z.string().nullish(),
    sha256: z.string().nullish(),
  }),
});

/**
 * Artifactory's webhooks of the domain `docker`. The key of the repository is no part of an image's name where one
 * integration reads one repository; a virtual repository has images whose events bear the key of another.
 * https://jfrog.com/help/r/jfrog-platform-administration-documentation/webhooks
 */
export const artifactory: Sender = {
  id: 'artifactory',
  types: ['artifactory-cr'],
  proof: anyProof(headerProof('x-jfrog-event-auth'), hmacProof('sha256', 'x-jfrog-event-auth')),
  read({ body }) {
    const webhook = parse(Webhook, body);
    if (!webhook) return undefined;
    const { path, tag, sha256 } = webhook.data;
    if (webhook.domain !== 'docker' || webhook.event_type !== 'pushed' || !tag) return noPush;
    const repository = path.split('/').slice(0, -2).join('/');
    return { pushes: [{ repository, tag, digest: sha256 ? `sha256:${sha256}` : undefined }] };
  },
};
