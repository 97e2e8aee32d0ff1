import { RegistryError } from '../registry-error.ts';

/** Waits for something that goes on for others when this one gives up: then throws `cancelled`. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: given, reject } = Promise.withResolvers<never>();
  const giveUp = () => {
    reject(
      new RegistryError('cancelled', 'Stopped waiting for the registry because nobody needs it any more.', {
        cause: signal.reason,
      }),
    );
  };
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await Promise.race([promise, given]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
