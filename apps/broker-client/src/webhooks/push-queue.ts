import { randomUUID } from 'node:crypto';
import type { PushEvent } from '@plimsoll/contracts';
import type { Push } from './read-notification.ts';

/** Events that wait for the platform: at up to a KB each, this is a few MB. */
const maxWaiting = 10_000;

/** How long the same push is not told again, milliseconds: senders repeat what they believe lost. */
const repeatMs = 60_000;

export type PushQueueLimits = { readonly maxWaiting?: number; readonly now?: () => number };

/** Push events that wait to be delivered, in the memory of this process: one per tag, the newest, oldest first. */
export class PushQueue {
  readonly #max: number;
  readonly #now: () => number;
  readonly #waiting = new Map<string, PushEvent>();
  /** The digest that was last told of a tag. */
  readonly #told = new Map<string, { digest: string; at: number }>();

  constructor({ maxWaiting: max = maxWaiting, now = Date.now }: PushQueueLimits = {}) {
    this.#max = max;
    this.#now = now;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Takes a push in. `repeated`: the same was told a moment ago. `full`: it was not taken; whoever told it may again. */
  add(push: Push): 'queued' | 'repeated' | 'full' {
    const key = keyOf(push);
    const last = this.#told.get(key);
    const now = this.#now();
    if (push.digest !== undefined && last?.digest === push.digest && now - last.at < repeatMs)
      return 'repeated';
    if (this.#waiting.size >= this.#max && !this.#waiting.has(key)) return 'full';
    this.#waiting.delete(key);
    this.#waiting.set(key, { id: randomUUID(), ...push });
    this.#remember(key, push.digest, now);
    return 'queued';
  }

  /** Takes out the events that have waited longest. */
  take(count: number): PushEvent[] {
    const events = [...this.#waiting.values()].slice(0, count);
    for (const event of events) this.#waiting.delete(keyOf(event));
    return events;
  }

  /** Puts back what could not be delivered, before the others, except where something newer was told of the tag. */
  giveBack(events: readonly PushEvent[]): void {
    const newer = [...this.#waiting];
    this.#waiting.clear();
    for (const event of events) this.#waiting.set(keyOf(event), event);
    for (const [key, event] of newer) {
      this.#waiting.delete(key);
      this.#waiting.set(key, event);
    }
  }

  #remember(key: string, digest: string | undefined, at: number): void {
    this.#told.delete(key);
    if (digest !== undefined) this.#told.set(key, { digest, at });
    const [oldest] = this.#told.keys();
    if (this.#told.size > this.#max && oldest !== undefined) this.#told.delete(oldest);
  }
}

function keyOf({ repository, tag }: { readonly repository: string; readonly tag: string }): string {
  return `${repository}:${tag}`;
}
