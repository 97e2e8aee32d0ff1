import { z } from 'zod';

// Messages of the deployed client: JSON texts of primus and its emitter, with bytes as EJSON writes them.

/** What a client says. `id` asks for an acknowledgement. */
export type ClientMessage =
  | { readonly kind: 'ping'; readonly at: string }
  | {
      readonly kind: 'event';
      readonly name: string;
      readonly argument: unknown;
      readonly id: number | undefined;
    };

const Packet = z.object({
  type: z.literal(0),
  data: z.tuple([z.string().max(64)]).rest(z.unknown()),
  id: z.number().optional(),
});

const pingPrefix = 'primus::ping::';

/** Reads a message; undefined for acknowledgements and what nobody understands. */
export function readMessage(text: string): ClientMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') {
    return value.startsWith(pingPrefix) ? { kind: 'ping', at: value.slice(pingPrefix.length) } : undefined;
  }
  const packet = Packet.safeParse(value);
  if (!packet.success) return undefined;
  const [name, argument] = packet.data.data;
  return { kind: 'event', name, argument, id: packet.data.id };
}

/** Answers a ping. */
export function pongMessage(at: string): string {
  return JSON.stringify(`primus::pong::${at}`);
}

export function eventMessage(name: string, argument: unknown): string {
  return JSON.stringify({ type: 0, data: [name, argument] });
}

export function acknowledgement(id: number, result: unknown): string {
  return JSON.stringify({ type: 1, id, data: [result] });
}

/** A body as it travels in a message. */
export function binary(bytes: Uint8Array): { $binary: string } {
  return { $binary: Buffer.from(bytes).toString('base64') };
}

/** What a client says of itself in `identify`; very old ones send the token alone. */
export const Identification = z.object({
  token: z.string().max(4_096),
  metadata: z.object({
    capabilities: z.array(z.string()).default([]),
    clientId: z.string().max(128).default('unknown'),
    version: z.string().max(64).default('unknown'),
  }),
});

/** A callback of an agent that a client hands on. */
export const RelayedRequest = z.object({
  url: z.string().max(8_192),
  method: z.string().max(16),
  headers: z.object({ 'content-type': z.string().default('application/json') }).prefault({}),
  body: z
    .union([
      z.string().transform((text) => Buffer.from(text)),
      z.object({ $binary: z.string() }).transform(({ $binary }) => Buffer.from($binary, 'base64')),
      // How Node itself writes a buffer as JSON.
      z
        .object({ type: z.literal('Buffer'), data: z.array(z.int().min(0).max(255)) })
        .transform(({ data }) => Buffer.from(data)),
    ])
    .default(() => Buffer.alloc(0)),
});
