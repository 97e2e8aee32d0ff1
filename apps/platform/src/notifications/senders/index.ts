import type { ChannelType } from '@plimsoll/contracts';
import type { Post } from '../post.ts';
import { emailSender, type MailServer } from './email.ts';
import type { Sender } from './sender.ts';
import { slackSender } from './slack.ts';
import { webhookSender } from './webhook.ts';

/** All ways to tell, by their kind. */
export function createSenders(
  post: Post,
  mailServer: MailServer | undefined,
): ReadonlyMap<ChannelType, Sender> {
  const senders = [webhookSender(post), slackSender(post), emailSender(mailServer)];
  return new Map(senders.map((sender) => [sender.kind, sender]));
}
