import { backoffDelayMs, wait, type Logger } from '@plimsoll/runtime';
import { Client } from 'pg';

const backoff = { firstMs: 100, capMs: 5_000 } as const;

/** How often the connection is asked whether it still lives, and how long the answer may take, milliseconds. */
const checkEveryMs = 3_000;

export type ListenOptions = {
  readonly connectionString: string;
  readonly channel: string;
  readonly onMessage: (payload: string) => void;
  /** Told each time the connection was made, also the first: what was sent before was not heard. */
  readonly onListening: () => void;
  /** Told when the connection is gone: until `onListening` nothing is heard. */
  readonly onLost?: () => void;
  readonly log: Logger;
};

export type Listener = { stop(): Promise<void> };

/** Hears what other processes send on a channel of the database (LISTEN), over a connection of its own, for ever. */
export function listen(options: ListenOptions): Listener {
  const stopping = new AbortController();
  const running = keepListening(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

async function keepListening(options: ListenOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      await listenOnce(options, signal, () => {
        failures = 0;
      });
    } catch (error) {
      if (signal.aborted) break;
      options.log.warn({ err: error, channel: options.channel }, 'connection to hear other processes lost');
    }
    await wait(backoffDelayMs(backoff, failures), signal).catch(() => undefined);
  }
}

async function listenOnce(
  { connectionString, channel, onMessage, onListening, onLost }: ListenOptions,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  const client = new Client({
    connectionString,
    connectionTimeoutMillis: checkEveryMs,
    query_timeout: checkEveryMs,
    application_name: 'plimsoll-listen',
  });
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  client.on('error', (error) => lost.reject(error));
  client.on('end', () => lost.reject(new Error('the connection was closed')));
  client.on('notification', ({ payload }) => onMessage(payload ?? ''));
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
    onOpen();
    onListening();
    while (!signal.aborted) {
      await Promise.race([lost.promise, wait(checkEveryMs, signal)]);
      await client.query('select 1');
    }
  } finally {
    onLost?.();
    await client.end().catch(() => undefined);
  }
}
