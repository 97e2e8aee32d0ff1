import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { z } from 'zod';
import type { DialOptions } from './dial.ts';
import { handshakeTimeoutMs, type ConnectionEnd, type ConnectionListener } from './open-connection.ts';
import { belowPlatform, dialHeaders, failureOf, introductionOf } from './platform-answer.ts';
import { PollingLink, type Ask } from './polling-link.ts';
import { deliverMs, pollingPath } from './polling-wire.ts';
import { sendPoll } from './send-poll.ts';

const Opened = z.object({ link: z.uuid() });

/** Opens a link by long polling once, and resolves when it is gone. */
export async function openPolling(
  options: DialOptions,
  avoid: readonly string[],
  signal: AbortSignal,
  { onAnswer, onOpen }: ConnectionListener,
): Promise<ConnectionEnd> {
  const url = belowPlatform(options.url, pollingPath);
  const own = url.protocol === 'https:' ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
  const ask: Ask = (request) =>
    sendPoll({
      ...request,
      url: new URL(url.pathname + request.path, url),
      headers: dialHeaders(options, request.path === '' ? avoid : []),
      agent: options.agent ?? own,
      ...(options.tls && { tls: options.tls }),
    });
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(handshakeTimeoutMs)]);
    const { status, headers, body } = await ask({ method: 'POST', path: '', signal: deadline });
    const platform = introductionOf(headers);
    onAnswer(platform);
    const isByPlatform = platform.replicaId !== undefined;
    const opened = status === 201 ? Opened.safeParse(JSON.parse(body.toString())) : undefined;
    if (!opened?.success) {
      const reason = `the platform answered ${status} instead of opening a tunnel by long polling`;
      return { wasOpen: false, openMs: 0, reason, status, isByPlatform };
    }
    const openedAt = performance.now();
    const link = new PollingLink(ask, opened.data.link, platform.replicaId, options.pingEveryMs);
    onOpen(link, 'polling');
    const reason = await link.closed;
    return { wasOpen: true, openMs: Math.round(performance.now() - openedAt), reason, isByPlatform };
  } catch (error) {
    const reason = failureOf(error as NodeJS.ErrnoException);
    return { wasOpen: false, openMs: 0, reason, isByPlatform: false };
  } finally {
    // The farewell of a link that was ended at once may still be on its way.
    setTimeout(() => own.destroy(), deliverMs).unref();
  }
}
