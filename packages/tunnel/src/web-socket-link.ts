import type { WebSocket } from 'ws';
import { keepAlive } from './keep-alive.ts';
import type { Farewell, Link } from './link.ts';
import { webSocketDuplex } from './web-socket-duplex.ts';

/** Makes a link of a WebSocket, open or not yet; the other end is pinged from when it opens. */
export function webSocketLink(socket: WebSocket, farewell: Farewell, pingEveryMs: number | undefined): Link {
  const duplex = webSocketDuplex(socket, farewell);
  if (socket.readyState === socket.OPEN) keepAlive(socket, pingEveryMs);
  else socket.once('open', () => keepAlive(socket, pingEveryMs));
  return {
    duplex,
    onClosed: (listener) =>
      void socket.once('close', (code: number, text: Buffer) =>
        listener(`closed with ${code} ${text.toString()}`.trim()),
      ),
    close: (code, reason) => socket.close(code, reason),
    terminate: () => socket.terminate(),
  };
}
