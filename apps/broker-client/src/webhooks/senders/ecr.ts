import { z } from 'zod';
import { authorizationProof } from '../proofs.ts';
import { noPush, type Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Event = z.object({
  source: z.literal('aws.ecr'),
  'detail-type': z.string(),
  time: z.string().nullish(),
});

const Detail = z.object({
  'action-type': z.literal('PUSH'),
  result: z.literal('SUCCESS'),
  'repository-name': z.string(),
  'image-tag': z.string(),
  'image-digest': z.string().nullish(),
});

/**
 * Amazon ECR through an API destination of EventBridge, whose connection sends `authorization`.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
 */
export const ecr: Sender = {
  id: 'ecr',
  types: ['ecr'],
  proof: authorizationProof,
  read({ body }) {
    const event = parse(Event, body);
    if (!event) return undefined;
    const detail = parse(z.object({ detail: Detail }), body)?.detail;
    if (!detail || event['detail-type'] !== 'ECR Image Action') return noPush;
    const digest = detail['image-digest'] ?? undefined;
    const pushedAt = timeOf(event.time);
    return {
      pushes: [{ repository: detail['repository-name'], tag: detail['image-tag'], digest, pushedAt }],
    };
  },
};
