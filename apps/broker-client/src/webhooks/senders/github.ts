import { z } from 'zod';
import { hmacProof } from '../proofs.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Package = z.object({
  package_type: z.string().regex(/^(?:container|docker)$/i),
  updated_at: z.string().nullish(),
  package_version: z.object({
    version: z.string().nullish(),
    package_url: z.string(),
    container_metadata: z.object({
      tag: z.object({ name: z.string().nullish(), digest: z.string().nullish() }).nullish(),
    }),
  }),
});

const Webhook = z.object({
  action: z.enum(['published', 'updated']),
  package: Package.optional(),
  registry_package: Package.optional(),
});

/**
 * GitHub's `package` and `registry_package` events of containers.
 * https://docs.github.com/webhooks/webhook-events-and-payloads#package
 */
export const github: Sender = {
  id: 'github',
  types: ['github-cr'],
  proof: hmacProof('sha256', 'x-hub-signature-256', 'sha256='),
  read({ headers, body }) {
    if (headers['x-github-event'] === undefined) return undefined;
    const webhook = parse(Webhook, body);
    const pushed = webhook?.package ?? webhook?.registry_package;
    const { name: tag, digest } = pushed?.package_version.container_metadata.tag ?? {};
    const repository = pushed && repositoryOf(pushed.package_version.package_url);
    // Platforms of an image are versions without a tag.
    if (!tag || !repository) return noPush;
    const pushedAt = timeOf(pushed.updated_at);
    return {
      pushes: [{ repository, tag, digest: digest ?? pushed.package_version.version ?? undefined, pushedAt }],
    };
  },
};

/** `ghcr.io/Owner/package:tag`, where the tag may be empty. Owners have capitals, images do not. */
function repositoryOf(url: string): string | undefined {
  return /^[^/]+\/([^:@]+)/.exec(url)?.[1]?.toLowerCase();
}
