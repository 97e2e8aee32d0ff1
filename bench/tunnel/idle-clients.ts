// Holds the tunnels of many idle clients in one process: `idle-clients.ts PLATFORM TOKEN COUNT`. Prints `0` when all are open.
import { randomUUID } from 'node:crypto';
import { clientStatusPath } from '@plimsoll/contracts';
import { createLogger, Secret } from '@plimsoll/runtime';
import { dial } from '@plimsoll/tunnel';

const [url = '', token = '', count = '1'] = process.argv.slice(2);
const log = createLogger({ name: 'idle', level: 'silent' });
const agent = { version: '1', slots: { total: 1, free: 1 } };

async function hold(): Promise<void> {
  const clientId = randomUUID();
  const opened = Promise.withResolvers<void>();
  dial({
    url,
    token: new Secret(token),
    clientId,
    version: '1',
    log,
    maxTunnels: 1,
    handle: (request, response) => {
      if (request.url === clientStatusPath) response.end(JSON.stringify({ clientId, version: '1', agent }));
      else response.end('{}');
    },
    onChange: (open) => open > 0 && opened.resolve(),
  });
  await opened.promise;
}

const dialers = 50;
await Promise.all(
  Array.from({ length: dialers }, async (_, first) => {
    for (let number = first; number < Number(count); number += dialers) await hold();
  }),
);
console.log(0);
