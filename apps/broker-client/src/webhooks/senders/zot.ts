import { z } from 'zod';
import { cloudEventOf } from '../cloud-event.ts';
import { authorizationProof } from '../proofs.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Image = z.object({ name: z.string(), reference: z.string(), digest: z.string().nullish() });

/** zot's events over HTTP; its configuration gives them credentials or headers. https://zotregistry.dev */
export const zot: Sender = {
  id: 'zot',
  types: ['oci'],
  proof: authorizationProof,
  read(notification) {
    const event = cloudEventOf(notification);
    if (!event?.type.startsWith('zotregistry.')) return undefined;
    const image = event.type === 'zotregistry.image.updated' ? parse(Image, event.data) : undefined;
    // Platforms of an image are pushed by their digest.
    if (!image || image.reference.includes(':')) return noPush;
    const { name: repository, reference: tag, digest } = image;
    return { pushes: [{ repository, tag, digest: digest ?? undefined, pushedAt: timeOf(event.time) }] };
  },
};
