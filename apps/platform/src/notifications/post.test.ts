import type { LookupAddress } from 'node:dns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createPost, type PostOptions } from './post.ts';
import { startReceiver, type Receiver } from './testing-receiver.ts';

const signal = new AbortController().signal;
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.state.answer = () => ({ status: 200 });
});
afterAll(() => receiver.stop());

/** Names and what they resolve to, in place of DNS. */
function resolving(...addresses: string[]): PostOptions['resolve'] {
  const resolve = (_host: string, _: unknown, callback: (error: null, found: LookupAddress[]) => void) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  return resolve as never;
}

const open = createPost({ allowedNetworks: ['127.0.0.0/8'] });

it.each([
  'https://127.0.0.1/',
  'https://10.0.0.5/',
  'https://[::1]/',
  'https://[::ffff:10.0.0.5]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2130706433/',
  'https://0x7f.1/',
  'http://93.184.216.34/',
])('never posts to %s', async (url) => {
  const { post, refusalOf } = createPost({ allowedNetworks: [] });

  expect(refusalOf(url)).toMatchObject({ code: 'refused-address' });
  await expect(post(url, '{}', {}, signal)).rejects.toMatchObject({
    code: 'refused-address',
    isLasting: true,
  });
});

it('checks the address that a name leads to when it connects', async () => {
  const post = (...addresses: string[]) =>
    createPost({ allowedNetworks: ['192.0.2.0/24'], resolve: resolving(...addresses) }).post(
      `http://hooks.test:${receiver.port}/`,
      '{}',
      {},
      signal,
    );
  const before = receiver.received.length;

  await expect(post('127.0.0.1')).rejects.toMatchObject({ code: 'refused-address' });
  await expect(post('10.0.0.1', '::1')).rejects.toMatchObject({ code: 'refused-address' });
  expect(receiver.received).toHaveLength(before);
  const allowed = createPost({
    allowedNetworks: ['127.0.0.0/8'],
    resolve: resolving('10.0.0.1', '127.0.0.1'),
  });
  await allowed.post(`http://hooks.test:${receiver.port}/`, '{}', {}, signal);
  expect(receiver.received).toHaveLength(before + 1);
});

it('tells what the receiver answered, in one short line', async () => {
  receiver.state.answer = () => ({ status: 500, body: `no\nway\u0007 ${'x'.repeat(100_000)}` });
  const error = await open.post(receiver.url, '{}', {}, signal).catch((reason: unknown) => reason);

  expect(error).toMatchObject({ code: 'refused', isLasting: false });
  expect((error as Error).message).toMatch(/^127\.0\.0\.1:\d+ answered 500: no way x+$/);
  expect((error as Error).message.length).toBeLessThan(260);
});

it('follows no redirect', async () => {
  receiver.state.answer = () => ({ status: 307 });
  const before = receiver.received.length;

  await expect(open.post(receiver.url, '{}', {}, signal)).rejects.toMatchObject({ code: 'refused' });
  expect(receiver.received).toHaveLength(before + 1);
});

it('does not read an answer without end', async () => {
  let sent = 0;
  const endless = createServer((_request, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
    };
    response.on('drain', more);
    more();
  });
  await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve));
  await open.post(`http://127.0.0.1:${(endless.address() as AddressInfo).port}/`, '{}', {}, signal);
  endless.closeAllConnections();
  await new Promise((resolve) => endless.close(resolve));

  expect(sent).toBeLessThan(50_000_000);
});

it('gives up when it is told to', async () => {
  receiver.state.answer = () => 'silence';
  const stop = new AbortController();
  const posted = open.post(receiver.url, '{}', {}, stop.signal);
  await receiver.until(receiver.received.length + 1);
  stop.abort();

  await expect(posted).rejects.toMatchObject({ code: 'unreachable' });
});
