import { createHmac } from 'node:crypto';
import type { Post } from '../post.ts';
import type { Sender } from './sender.ts';

/**
 * Messages for programs: the digest, or what changed for a project, as JSON, signed with the channel's key as GitHub signs
 * (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries), under the names of headers that
 * receivers of the API we follow know.
 */
export function webhookSender(post: Post): Sender {
  return {
    kind: 'webhook',
    async send({ target, secret = '' }, { id, createdAt, message }, signal) {
      const { event, ...snapshot } = message;
      const body = JSON.stringify(event === 'project_snapshot' ? snapshot : message);
      const headers = {
        'x-snyk-event': `${event}/v0`,
        'x-snyk-transport-id': id,
        'x-snyk-timestamp': createdAt.toISOString(),
        'x-hub-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      };
      await post(target, body, headers, signal);
    },
  };
}
