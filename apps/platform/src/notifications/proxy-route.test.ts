import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@plimsoll/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPost } from './post.ts';
import { isExcepted } from './proxy-route.ts';

const signal = new AbortController().signal;
/** An address of the public network, which nobody connects to here. */
const publicAddress = '93.184.216.34';

describe('NO_PROXY', () => {
  it.each([
    ['https://hooks.example.com/', 'example.com', true],
    ['https://example.com/', '.example.com', true],
    ['https://hooks.example.com/', '*.example.com', true],
    ['https://badexample.com/', 'example.com', false],
    ['https://example.com:8443/', 'example.com:443', false],
    ['https://example.com/', 'other, EXAMPLE.com:443', true],
    ['https://anything.test/', '*', true],
    ['https://[2001:db8::1]/', '2001:db8::1', true],
    ['https://example.com/', '', false],
  ])('%s is reached without the proxy for "%s": %s', (url, except, isDirect) => {
    expect(isExcepted(new URL(url), except)).toBe(isDirect);
  });
});

describe.skipIf(!hasOpenssl())('a message through a proxy', () => {
  let folder: string;
  let ca: string;
  let receiver: Server;
  let proxy: Server;
  /** What the proxy was asked to connect to, and by whom. */
  let asked: { target: string | undefined; authorization: string | undefined }[];
  let answer: string;
  let received: { path: string | undefined; host: string | undefined; body: string }[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'plimsoll-proxy-'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const command = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=hooks.test
      -addext subjectAltName=DNS:hooks.test -keyout ${key} -out ${certificate}`;
    execFileSync('openssl', command.split(/\s+/), { stdio: 'ignore' });
    ca = readFileSync(certificate, 'utf8');
    receiver = createTlsServer({ key: readFileSync(key), cert: ca }, (request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString('utf8')));
      request.on('end', () => {
        received.push({ path: request.url, host: request.headers.host, body });
        response.end();
      });
    });
    await listening(receiver);
    proxy = createHttpServer();
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      asked.push({ target: request.url, authorization: request.headers['proxy-authorization'] });
      socket.write(`HTTP/1.1 ${answer}\r\n\r\n`);
      if (!answer.startsWith('200')) return socket.end();
      // Whatever address was asked for, here it is the receiver.
      const upstream = connect(portOf(receiver), '127.0.0.1');
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
      return upstream.pipe(socket).pipe(upstream);
    });
    await listening(proxy);
  });
  beforeEach(() => {
    asked = [];
    received = [];
    answer = '200 Connected';
  });
  afterAll(async () => {
    for (const server of [proxy, receiver]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    rmSync(folder, { recursive: true });
  });

  /** Posts to a name that resolves to an address. */
  async function post(address: string, options: { except?: string; networks?: string[] } = {}) {
    const { post: send } = createPost({
      allowedNetworks: options.networks ?? [],
      resolve: ((_host: string, _: unknown, callback: (error: null, found: object[]) => void) =>
        callback(null, [{ address, family: 4 }])) as never,
      proxy: {
        url: new Secret(`http://user:word@127.0.0.1:${portOf(proxy)}`),
        except: options.except ?? '',
      },
      ca,
    });
    await send('https://hooks.test/hook?a=1', '{"a":1}', {}, signal);
  }

  it('arrives, while the proxy is asked for the address that was checked', async () => {
    await post(publicAddress);

    const authorization = `Basic ${Buffer.from('user:word').toString('base64')}`;
    expect(asked).toEqual([{ target: `${publicAddress}:443`, authorization }]);
    expect(received).toEqual([{ path: '/hook?a=1', host: 'hooks.test', body: '{"a":1}' }]);
  });

  it('never asks the proxy for an address that is not public', async () => {
    for (const address of ['10.0.0.5', '127.0.0.1', '169.254.169.254']) {
      await expect(post(address)).rejects.toMatchObject({ code: 'refused-address' });
    }

    expect(asked).toEqual([]);
  });

  it('reaches allowed networks and excepted hosts without the proxy', async () => {
    // Nothing listens there: what matters is that the proxy is not asked.
    await expect(post('127.0.0.1', { networks: ['127.0.0.0/8'] })).rejects.toMatchObject({
      code: 'unreachable',
    });
    await expect(
      post('127.0.0.1', { except: 'hooks.test', networks: ['127.0.0.0/8'] }),
    ).rejects.toMatchObject({
      code: 'unreachable',
    });

    expect(asked).toEqual([]);
  });

  it('says that the proxy refuses, without its password', async () => {
    answer = '407 Proxy Authentication Required';

    const error = await post(publicAddress).catch((reason: unknown) => reason);

    expect(error).toMatchObject({ code: 'unreachable' });
    expect((error as Error).message).toContain('407');
    expect((error as Error).message).not.toContain('word');
  });
});

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('openssl is missing (apt-get install openssl): messages through a proxy are not tested');
    return false;
  }
}
