import type { ChannelType } from '@plimsoll/contracts';
import type { Message } from '../message.ts';

/** Where a message goes, with the channel's secret opened. */
export type Destination = {
  /** What may be seen of it, as stored. */
  readonly target: string;
  readonly secret: string | undefined;
};

export type Envelope = {
  /** The same at each attempt, so that a receiver can tell a message that it has already. */
  readonly id: string;
  readonly createdAt: Date;
  readonly message: Message;
};

/** One way to tell people or programs. */
export type Sender = {
  readonly kind: ChannelType;
  /**
   * Delivers a message, once.
   * @throws {NotificationError}
   */
  send(destination: Destination, envelope: Envelope, signal: AbortSignal): Promise<void>;
};
