import { NotificationError } from '../notification-error.ts';
import { wordsOf } from '../message.ts';
import type { Post } from '../post.ts';
import type { Sender } from './sender.ts';

/** Longest text that Slack takes in one section, characters: https://docs.slack.dev/reference/block-kit/blocks/section-block */
const maxSectionLength = 3_000;

/** Slack's incoming webhooks, which Mattermost, Rocket.Chat and others take too. The whole address is a secret. */
export function slackSender(post: Post): Sender {
  return {
    kind: 'slack',
    async send({ secret }, { message }, signal) {
      if (secret === undefined) throw new NotificationError('not-configured', 'The channel has no address');
      const { subject, summary, issues, rest, url } = wordsOf(message);
      const section = (text: string) => ({
        type: 'section',
        text: { type: 'mrkdwn', text: text.slice(0, maxSectionLength) },
      });
      const lines = issues.map((line) => `• ${escaped(line)}`).join('\n');
      const blocks = [
        section(`*${escaped(subject)}*\n${escaped(summary)}`),
        ...(lines ? [section(lines)] : []),
        section(`${rest === undefined ? '' : `${rest} `}<${url}|Open in Plimsoll>`),
      ];
      await post(secret, JSON.stringify({ text: escaped(subject), blocks }), {}, signal);
    },
  };
}

/** What an advisory's title says must not become a link or a mention: https://docs.slack.dev/messaging/formatting-message-text */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
