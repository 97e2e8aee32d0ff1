import type { Duplex } from 'node:stream';
import { noteBytes } from './collect-young.ts';
import { sessionLimits } from './session-limits.ts';

/** Most bytes that wait for the session: what its window lets the other end send, frames and headers besides. */
const maxUnreadBytes = sessionLimits.sessionWindowBytes + 4 * 1024 * 1024;

/**
 * Hands on what arrived from the network. Arrival never waits for the reader: Node's HTTP/2 session reads nothing while a
 * write of its own is under way, so two ends that wait with their writes for each other's reads would stand still for
 * ever. What may wait meanwhile is bounded by the session's window; an end that sends more than that is cut off.
 */
export function takeBytes(duplex: Duplex, bytes: Buffer): void {
  if (bytes.length > 0) duplex.push(bytes);
  noteBytes(bytes.length);
  if (duplex.readableLength > maxUnreadBytes) duplex.destroy(new Error('the other end ignores the window'));
}
