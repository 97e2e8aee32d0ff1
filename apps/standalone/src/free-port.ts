import { createServer } from 'node:net';
import { exitCodes } from '@plimsoll/runtime';
import { CommandError } from './command.ts';

/** Whether nothing listens on this address and port yet. */
async function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** `preferred` when it is given and free on the loopback address, else any free port. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred, '127.0.0.1'))) return preferred;
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** @throws {CommandError} when another program has the port that a person will type. */
export async function claimPort(port: number, host: string): Promise<void> {
  if (await isFree(port, host)) return;
  throw new CommandError(
    exitCodes.unavailable,
    `Port ${port} on ${host} is taken by another program (or ${host} is not an address of this machine).\nChoose another with --port.`,
  );
}
