import type { Logger } from '@plimsoll/runtime';
import { sql, type Kysely } from 'kysely';
import { z } from 'zod';
import { listen, type Listener } from '../database/listen.ts';
import type { Database } from '../database/schema.ts';

/** What processes of the platform tell each other about tunnels; ids only. */
const Message = z.discriminatedUnion('kind', [
  /** Tokens were revoked or changed: those of an integration, or one. */
  z.object({ kind: z.literal('tokens'), id: z.string().max(64) }),
  /** A token was replaced by another: its tunnels end once what is under way in them has. */
  z.object({ kind: z.literal('retired'), id: z.string().max(64) }),
  /** A replica came or went. */
  z.object({ kind: z.literal('replicas') }),
  /** What a person or a token may do has changed; told by triggers of the database. */
  z.object({ kind: z.literal('access') }),
]);
export type BrokerMessage = z.infer<typeof Message>;

const channel = 'plimsoll_broker';

/** Tells all processes of the platform, this one included. */
export async function tellProcesses(db: Kysely<Database>, message: BrokerMessage): Promise<void> {
  await sql`select pg_notify(${channel}, ${JSON.stringify(message)})`.execute(db);
}

/** Hears what processes tell; `onGap` when something may have been missed, `onDeaf` when nothing is heard until then. */
export function hearProcesses(options: {
  readonly connectionString: string;
  onMessage(message: BrokerMessage): void;
  onGap(): void;
  onDeaf(): void;
  readonly log: Logger;
}): Listener {
  return listen({
    connectionString: options.connectionString,
    channel,
    onListening: () => options.onGap(),
    onLost: () => options.onDeaf(),
    onMessage(payload) {
      const parsed = Message.safeParse(parseJson(payload));
      if (parsed.success) options.onMessage(parsed.data);
      else options.log.debug('message of another process not understood; a newer release may be running');
    },
    log: options.log,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
