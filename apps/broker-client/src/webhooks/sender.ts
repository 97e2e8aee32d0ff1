import type { IncomingHttpHeaders } from 'node:http';
import type { PushSenderId, RegistryType } from '@plimsoll/contracts';
import type { Proof } from './proofs.ts';

/** What a signed token shows; `no-keys` when that cannot be told now. */
export type TokenCheck = (token: string) => Promise<'good' | 'wrong-token' | 'no-keys'>;

/** A notification as it came, with its body read as JSON. */
export type Notification = {
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** The body as it was sent, which is what is signed. */
  readonly bytes: Buffer;
};

/** A push as a product tells it. Nothing of it is checked yet. */
export type ToldPush = {
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string | undefined;
  readonly pushedAt?: Date | undefined;
};

/** What a notification says. */
export type Reading = {
  readonly pushes: readonly ToldPush[];
  /** What the product wants to be answered before it sends anything else. */
  readonly handshake?: object;
};

/** A product that tells of pushes. It reads notifications, whoever they come from; it asks nobody and keeps nothing. */
export type Sender = {
  readonly id: PushSenderId;
  /** The kinds of registry that it tells of. Whoever says `oci` may mean any product. */
  readonly types: readonly RegistryType[];
  /** How it shows that it knows `WEBHOOK_SECRET`; undefined when it can only be told an address. */
  readonly proof: Proof | undefined;
  /** The signed token by which it shows instead who it is, as a product does that holds no secret of ours. */
  readonly tokenOf?: (notification: Notification) => string;
  /** Undefined when the notification is none of this product. */
  read(notification: Notification): Reading | undefined;
};

/** A notification of the product that says nothing of a push. */
export const noPush: Reading = { pushes: [] };
