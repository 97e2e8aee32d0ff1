import type { Logger, Secret } from '@plimsoll/runtime';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { PostOptions } from './post.ts';
import type { MailServer } from './senders/email.ts';

/** How the platform tells people and programs; all of it may be left out. */
export type NotificationSettings = {
  /** Seal the secrets of channels; the first one seals. Without one there are channels for e-mail only. */
  readonly encryptionKeys?: readonly Secret[];
  /** Networks beside the public one where receivers may be, CIDR. */
  readonly networks?: readonly string[];
  readonly mailServer?: MailServer | undefined;
  readonly resolve?: PostOptions['resolve'];
  readonly proxy?: PostOptions['proxy'];
};

/** What the notifications module needs of the others. */
export type NotificationsDeps = {
  readonly db: Kysely<Database>;
  readonly jobs: Jobs;
  readonly log: Logger;
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  readonly settings: NotificationSettings;
};
