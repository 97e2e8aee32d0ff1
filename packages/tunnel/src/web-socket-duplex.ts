import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { noteBytes } from './collect-young.ts';
import { takeBytes } from './take-bytes.ts';

/** Longest WebSocket message either end accepts, bytes; our own are at most `messageBytes`. */
export const maxMessageBytes = 1024 * 1024;

/** What is joined into one message: larger ones cost memory, smaller ones system calls. */
const messageBytes = 128 * 1024;

/** Bytes handed to the socket but not yet to the network; above it, writers wait. */
const writeAheadBytes = 512 * 1024;

/**
 * Makes a byte stream of a WebSocket's binary messages. Writers wait for the network; the network never waits for the
 * reader, see `takeBytes`.
 * To be made before the socket opens: the other side speaks first, and a frame that arrives before anybody
 * listens is lost. To be written to only once the socket is open. Its end closes the socket with `close`.
 */
export function webSocketDuplex(socket: WebSocket, close: { code: number; reason: string }): Duplex {
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => send(chunk, done),
    writev: (chunks, done) => send(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
    final: (done) => {
      socket.close(close.code, close.reason);
      done();
    },
    destroy: (error, done) => {
      socket.close(close.code, close.reason);
      done(error);
    },
  });

  function send(bytes: Buffer, done: (error?: Error | null) => void): void {
    // A socket that closes is reported by its `close` event; what is written meanwhile goes nowhere.
    if (socket.readyState !== socket.OPEN) return done();
    noteBytes(bytes.length);
    for (let at = 0; at < bytes.length; at += messageBytes) {
      const isLast = at + messageBytes >= bytes.length;
      const wait = isLast && socket.bufferedAmount > writeAheadBytes;
      socket.send(bytes.subarray(at, at + messageBytes), wait ? () => done() : undefined);
      if (isLast && !wait) done();
    }
  }

  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (!isBinary) socket.close(1003, 'binary messages only');
    else takeBytes(duplex, data as Buffer);
  });
  socket.on('close', () => duplex.destroy());
  socket.on('error', () => duplex.destroy());
  return duplex;
}
