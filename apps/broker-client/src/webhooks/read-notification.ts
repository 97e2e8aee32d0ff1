import { Digest, PushEvent, RepositoryName, TagName, type PushSenderId } from '@plimsoll/contracts';
import type { Notification, Sender, TokenCheck, ToldPush } from './sender.ts';
import { senders } from './senders/index.ts';

/** Whose pushes are taken. */
export type Place = {
  readonly type: string;
  /** Whether a repository is among those that are looked at. */
  readonly isListed: (repository: string) => boolean;
};

/** A push as it goes on, but for its id. */
export type Push = Omit<PushEvent, 'id'>;

/** By what notifications are believed; whatever is left out is not asked for. */
export type Trust = {
  /** What a sender proves that it knows. */
  readonly secret?: string | undefined;
  /** Checks the tokens of senders that have those instead. */
  readonly checkToken?: TokenCheck | undefined;
};

export type NotificationRefusal =
  | 'unrecognized'
  | 'other-product'
  | 'unsigned'
  | 'wrong-signature'
  | 'wrong-token'
  | 'no-keys';

/** What became of a notification. */
export type TakenNotification =
  | {
      readonly sender: PushSenderId;
      readonly pushes: readonly Push[];
      /** Pushes of what has no name that can be asked for, or of another namespace. */
      readonly skipped: number;
      readonly handshake: object | undefined;
    }
  | { readonly refused: NotificationRefusal; readonly sender: PushSenderId | undefined };

/** The products that may tell of a registry of this type. */
export function sendersOf(type: string): readonly Sender[] {
  return type === 'oci' ? senders : senders.filter(({ types }) => types.some((one) => one === type));
}

/**
 * Reads a notification of any product, checks its proof when there is something to check it by, and brings what it says into the
 * form of the platform. Where the registry is according to the notification is never looked at.
 */
export async function readNotification(
  notification: Notification,
  place: Place,
  trust: Trust,
  now: Date,
): Promise<TakenNotification> {
  for (const sender of senders) {
    const reading = sender.read(notification);
    if (!reading) continue;
    const refused = await refusalOf(sender, reading.handshake !== undefined, notification, place, trust);
    if (refused) return { refused, sender: sender.id };
    const pushes = reading.pushes.flatMap((push) => pushEventOf(sender.id, push, place, now) ?? []);
    return {
      sender: sender.id,
      pushes,
      skipped: reading.pushes.length - pushes.length,
      handshake: reading.handshake,
    };
  }
  return { refused: 'unrecognized', sender: undefined };
}

async function refusalOf(
  sender: Sender,
  isHandshake: boolean,
  notification: Notification,
  place: Place,
  { secret, checkToken }: Trust,
): Promise<NotificationRefusal | undefined> {
  if (!sendersOf(place.type).includes(sender)) return 'other-product';
  // Whoever asks whether the webhook is ours has no proof yet, and learns only what it has sent.
  if (isHandshake) return undefined;
  if (sender.tokenOf && checkToken) {
    const verdict = await checkToken(sender.tokenOf(notification));
    return verdict === 'good' ? undefined : verdict;
  }
  if (secret === undefined) return undefined;
  if (!sender.proof) return 'unsigned';
  return sender.proof(notification, secret) ? undefined : 'wrong-signature';
}

function pushEventOf(
  sender: PushSenderId,
  { repository, tag, digest, pushedAt }: ToldPush,
  place: Place,
  now: Date,
): Push | undefined {
  const isName = RepositoryName.safeParse(repository).success && TagName.safeParse(tag).success;
  if (!isName || !place.isListed(repository)) return undefined;
  return {
    sender,
    repository,
    tag,
    receivedAt: now.toISOString(),
    ...(Digest.safeParse(digest).success && { digest }),
    ...(pushedAt && { pushedAt: pushedAt.toISOString() }),
  };
}
