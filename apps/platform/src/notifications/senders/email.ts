import type { Secret } from '@plimsoll/runtime';
import { createTransport } from 'nodemailer';
import { NotificationError } from '../notification-error.ts';
import { wordsOf, type Words } from '../message.ts';
import type { Sender } from './sender.ts';

/** Longest a mail server may take, milliseconds: to accept a connection, to greet, and between two lines. */
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 } as const;

export type MailServer = {
  /** `smtp://` or `smtps://`, with the account, if any. */
  readonly url: Secret;
  /** The sender's address. */
  readonly from: string;
};

/** E-mail, by the mail server that the platform is configured with. */
export function emailSender(server: MailServer | undefined): Sender {
  return {
    kind: 'email',
    async send({ target }, { id, message }, signal) {
      if (!server) {
        throw new NotificationError(
          'not-configured',
          'The platform has no mail server: set SMTP_URL and SMTP_FROM',
        );
      }
      signal.throwIfAborted();
      const transport = createTransport({ url: server.url.reveal(), ...timeouts });
      const stop = () => transport.close();
      signal.addEventListener('abort', stop, { once: true });
      const words = wordsOf(message);
      try {
        await transport.sendMail({
          from: server.from,
          to: target.split(','),
          subject: words.subject,
          text: textOf(words),
          html: htmlOf(words),
          // Mail servers that get a message twice can tell.
          messageId: `<${id}@plimsoll>`,
          headers: { 'auto-submitted': 'auto-generated' },
          disableFileAccess: true,
          disableUrlAccess: true,
        });
      } catch (error) {
        throw notified(error);
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
      }
    },
  };
}

function textOf({ summary, issues, rest, url }: Words): string {
  const list = issues.map((line) => `- ${line}\n`).join('');
  return [summary, list && `\n${list}`, rest === undefined ? '' : `${rest}\n`, `\n${url}`]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n');
}

function htmlOf({ summary, issues, rest, url }: Words): string {
  const list = issues.map((line) => `<li>${escaped(line)}</li>`).join('');
  return [
    `<p>${escaped(summary)}</p>`,
    list && `<ul>${list}</ul>`,
    rest === undefined ? '' : `<p>${escaped(rest)}</p>`,
    `<p><a href="${escaped(url)}">Open in Plimsoll</a></p>`,
  ].join('');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Answers of 500 to 599 are for good (RFC 5321, section 4.2.1), but for those that say to authenticate. */
function notified(error: unknown): NotificationError {
  const { message, responseCode } = error as { message?: string; responseCode?: number };
  const why = (message ?? String(error)).replaceAll(/\s+/g, ' ').slice(0, 300);
  if (responseCode === undefined) {
    return new NotificationError('unreachable', `The mail server could not be reached: ${why}`, {
      cause: error,
    });
  }
  const isLasting = responseCode >= 550 && responseCode <= 553;
  return new NotificationError('refused', `The mail server refused: ${why}`, { cause: error, isLasting });
}
