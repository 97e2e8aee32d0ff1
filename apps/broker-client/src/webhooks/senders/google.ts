import { z } from 'zod';
import { noPush, type Sender } from '../sender.ts';
import { parse, timeOf } from '../told.ts';

const Push = z.object({
  message: z.object({ data: z.string(), publishTime: z.string().nullish() }),
  subscription: z.string(),
});

const Message = z.object({ action: z.literal('INSERT'), tag: z.string(), digest: z.string().nullish() });

/**
 * Google's registries through a push subscription of the Pub/Sub topic `gcr`, which shows who it is by a token that Google
 * signs. https://cloud.google.com/artifact-registry/docs/configure-notifications
 */
export const google: Sender = {
  id: 'google',
  types: ['gcr', 'google-artifact-cr'],
  proof: undefined,
  tokenOf: ({ headers }) => /^bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '',
  read({ body }) {
    const push = parse(Push, body);
    if (!push) return undefined;
    const message = parse(Message, parseJson(Buffer.from(push.message.data, 'base64').toString('utf8')));
    // HOST/PROJECT/IMAGE:TAG and HOST/PROJECT/IMAGE@DIGEST
    const [, repository, tag] = /^[^/]+\/([^:@]+):([^:@/]+)$/.exec(message?.tag ?? '') ?? [];
    if (!repository || !tag) return noPush;
    const digest = message?.digest?.split('@')[1];
    return { pushes: [{ repository, tag, digest, pushedAt: timeOf(push.message.publishTime) }] };
  },
};

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
