import { z } from 'zod';
import { authorizationProof } from '../proofs.ts';
import { pushOf } from '../registry-event.ts';
import type { Sender } from '../sender.ts';
import { parse } from '../told.ts';

const Envelope = z.object({ events: z.array(z.unknown()) });

/** docker-registry and what is built on it, a registry of GitLab's too: the headers are those of its configuration. */
export const distribution: Sender = {
  id: 'distribution',
  types: ['oci', 'gitlab-cr'],
  proof: authorizationProof,
  read({ body }) {
    const envelope = parse(Envelope, body);
    return envelope && { pushes: envelope.events.flatMap((event) => pushOf(event) ?? []) };
  },
};
