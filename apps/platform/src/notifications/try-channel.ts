import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { findOrganization } from '../organizations/organization-store.ts';
import { noteAttempt, type ChannelRow } from './channel-store.ts';
import { sendNow, type Deliverer } from './deliver.ts';
import { NotificationError } from './notification-error.ts';

/**
 * Sends a message that says only that the channel works, once and now.
 * @returns why it failed; undefined when it arrived.
 */
export async function tryChannel(
  { db, publicUrl }: { readonly db: Kysely<Database>; readonly publicUrl: string },
  deliverer: Deliverer,
  channel: ChannelRow,
  signal: AbortSignal,
): Promise<string | undefined> {
  const organization = await findOrganization(db, channel.org_id);
  if (!organization) throw new Error('The organization was gone at once');
  const { id, name, slug } = organization;
  const message = { event: 'ping' as const, org: { id, name, slug }, url: `${publicUrl}/images` };
  let failure: string | undefined;
  try {
    await sendNow(deliverer, channel, { id: randomUUID(), createdAt: new Date(), message }, signal);
  } catch (error) {
    if (!(error instanceof NotificationError)) throw error;
    failure = error.message;
  }
  await noteAttempt(db, channel.id, failure);
  return failure;
}
