import { randomUUID } from 'node:crypto';
import type { NotificationChannelPatch, NotificationChannelRequest } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ApiProblem } from '../http/api-problem.ts';
import { addChannel, changeChannel, maxChannels, type ChannelRow } from './channel-store.ts';
import type { NotificationError } from './notification-error.ts';
import type { Seal } from './seal.ts';

export type ChannelMaker = {
  readonly seal: Seal | undefined;
  readonly refusalOf: (url: string) => NotificationError | undefined;
};

/**
 * Makes a channel. Run it in a transaction.
 * @throws {ApiProblem} when nothing could ever be sent there, or when there are too many.
 */
export async function makeChannel(
  maker: ChannelMaker,
  db: Kysely<Database>,
  orgId: string,
  attributes: NotificationChannelRequest['data']['attributes'],
): Promise<ChannelRow> {
  const id = randomUUID();
  const { channel_type: kind, min_severity: minSeverity } = attributes;
  const place = placeOf(maker, id, kind, attributes);
  const name = attributes.name ?? nameOf(attributes);
  const payload = attributes.channel_type === 'webhook' ? attributes.payload : undefined;
  const made = await addChannel(db, { id, orgId, kind, name, minSeverity, payload, ...place });
  if (!made) throw new ApiProblem('conflict', `There are ${maxChannels} channels already; remove one first`);
  return made;
}

/**
 * Changes a channel: what is absent stays. Run it in a transaction.
 * @throws {ApiProblem} when a channel of its type has no such attribute.
 */
export async function patchChannel(
  maker: ChannelMaker,
  db: Kysely<Database>,
  row: ChannelRow,
  patch: NotificationChannelPatch['data']['attributes'],
): Promise<ChannelRow> {
  const has =
    { webhook: ['url', 'secret', 'payload'], slack: ['url'], email: ['recipients'] }[row.kind] ?? [];
  for (const attribute of ['url', 'secret', 'recipients', 'payload'] as const) {
    if (patch[attribute] !== undefined && !has.includes(attribute)) {
      const source = { pointer: `/data/attributes/${attribute}` };
      throw new ApiProblem('invalid', `A channel of the type ${row.kind} has no ${attribute}`, { source });
    }
  }
  const place = placeOf(maker, row.id, row.kind as ChannelKind, patch);
  return await changeChannel(db, row.id, {
    ...(patch.name !== undefined && { name: patch.name }),
    ...(patch.min_severity !== undefined && { min_severity: patch.min_severity }),
    ...(patch.payload !== undefined && { payload: patch.payload }),
    ...(place.target !== '' && { target: place.target }),
    ...(place.sealedSecret && { sealed_secret: place.sealedSecret }),
  });
}

/** A name for people who gave none; the path and the query of an address may hold secrets. */
function nameOf(attributes: NotificationChannelRequest['data']['attributes']): string {
  return attributes.channel_type === 'email'
    ? attributes.recipients.join(', ').slice(0, 255)
    : new URL(attributes.url).host;
}

type ChannelKind = NotificationChannelRequest['data']['attributes']['channel_type'];
type Place = { readonly url?: string; readonly secret?: string; readonly recipients?: readonly string[] };

/** What is stored of where a channel leads; empty where nothing is told. */
function placeOf(
  { seal, refusalOf }: ChannelMaker,
  id: string,
  kind: ChannelKind,
  place: { [K in keyof Place]?: Place[K] | undefined },
): { target: string; sealedSecret: Buffer | null } {
  const { url, secret, recipients } = place;
  if (kind === 'email') return { target: recipients?.join(',') ?? '', sealedSecret: null };
  if (url !== undefined) demandUsable(url, refusalOf(url));
  const hidden = kind === 'slack' ? url : secret;
  if (hidden === undefined) return { target: kind === 'slack' ? '' : (url ?? ''), sealedSecret: null };
  if (!seal) {
    throw new ApiProblem(
      'conflict',
      'The platform has no key to keep secrets with: set ENCRYPTION_KEY, or use e-mail',
    );
  }
  const target = kind === 'slack' ? new URL(hidden).host : (url ?? '');
  return { target, sealedSecret: seal.seal(hidden, id) };
}

function demandUsable(url: string, refusal: NotificationError | undefined): void {
  const source = { pointer: '/data/attributes/url' };
  const { username, password } = new URL(url);
  if (username || password)
    throw new ApiProblem('invalid', 'must not hold a name and a password', { source });
  if (refusal) throw new ApiProblem('invalid', refusal.message, { source });
}
