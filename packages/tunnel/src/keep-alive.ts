import type { WebSocket } from 'ws';

/** How often each end pings the other. Proxies and load balancers commonly drop what is silent for 60 s. */
export const pingEveryMs = 20_000;

/** Pings in a row that may stay without any sign of life. */
const missedPings = 2;

/** Pings the other end and terminates the socket when two pings in a row brought no sign of life. */
export function keepAlive(socket: WebSocket, everyMs: number = pingEveryMs): void {
  let missed = 0;
  const alive = () => {
    missed = 0;
  };
  const timer = setInterval(() => {
    if (missed >= missedPings) return socket.terminate();
    missed += 1;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, everyMs);
  socket.on('pong', alive);
  socket.on('ping', alive);
  socket.on('message', alive);
  socket.on('close', () => clearInterval(timer));
}
