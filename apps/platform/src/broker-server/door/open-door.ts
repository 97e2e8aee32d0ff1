import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { callbackRoutes } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import type { ClientConnection, UpgradeHandler } from '@plimsoll/tunnel';
import { Server, type Socket } from 'engine.io';
import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import { AttemptLimiter } from '../../organizations/attempt-limiter.ts';
import { hashToken } from '../../organizations/tokens.ts';
import type { HeldIdentity } from '../broker-server.ts';
import { DeployedClient } from './deployed-client.ts';
import { readAnswerHead } from './read-answer.ts';
import { watchAgent } from './watch-agent.ts';
import {
  acknowledgement,
  eventMessage,
  Identification,
  pongMessage,
  readMessage,
  RelayedRequest,
  type ClientMessage,
} from './wire.ts';

/** Hands a callback to the REST API as if the client had sent it there, with its token. */
export type RelayCallback = (
  token: string,
  callback: { readonly path: string; readonly contentType: string; readonly body: Buffer },
) => Promise<{ readonly status: number; readonly contentType: string; readonly body: string }>;

export type DoorDeps = {
  /** Whose token it is, when it may be used from where the request comes. */
  admit(token: string, request: IncomingMessage): Promise<HeldIdentity | undefined>;
  /** Gets each client once it has told who it is. */
  accept(connection: ClientConnection, identity: HeldIdentity): void;
  readonly relayCallback: RelayCallback;
  readonly log: Logger;
};

/** The door for clients of the deployed broker, whose wire is Engine.IO with messages of primus-emitter. */
export type Door = {
  /** Long-polling, and the way on which answers come back. */
  readonly routes: FastifyPluginCallback;
  readonly upgrade: UpgradeHandler;
  stop(graceMs: number): Promise<void>;
};

/** Largest message, bytes, as the deployed server has it: clients send callbacks of up to 20 MiB. */
const maxMessageBytes = 21 * 1024 * 1024;

/** An answer may be as large as its reader allows, which ends it itself. */
const maxAnswerBytes = Number.MAX_SAFE_INTEGER;

/** From the open socket to the message in which the client says who it is. */
const identifyTimeoutMs = 15_000;

/** Wrong tokens of one address; each client opens two sockets and tries again every few seconds at first. */
const guesses = { limit: 60, windowMs: 60_000 } as const;

const callbackPaths = new Set<string>(Object.values(callbackRoutes).flatMap(({ paths }) => [...paths]));

type Guest = { readonly token: string; readonly identity: HeldIdentity };

/** Opens the door. The token is in the path and the only proof, as this wire has it; no log line names the path. */
export function openDoor(deps: DoorDeps): Door {
  const { log } = deps;
  const limiter = new AttemptLimiter(guesses.limit, guesses.windowMs);
  const guests = new WeakMap<IncomingMessage, Guest>();
  const connections = new Map<DeployedClient, Buffer>();
  let isStopping = false;

  const engine = new Server({
    transports: ['polling', 'websocket'],
    allowEIO3: true,
    pingInterval: 25_000,
    pingTimeout: 20_000,
    maxHttpBufferSize: maxMessageBytes,
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (request, decide) => {
      void admit(request).then(
        (isAdmitted) => decide(null, isAdmitted),
        (error: unknown) => {
          log.error({ err: error }, 'broker token could not be checked');
          decide('the token could not be checked now', false);
        },
      );
    },
  });
  engine.on('connection', (socket: Socket) => welcome(socket));

  async function admit(request: IncomingMessage): Promise<boolean> {
    const token = /^\/primus\/([^/?]{1,4096})\/?(?:\?|$)/.exec(request.url ?? '')?.[1];
    const address = request.socket.remoteAddress ?? '';
    if (isStopping || !token || limiter.waitSeconds(address, Date.now()) > 0) return false;
    const identity = await deps.admit(token, request);
    if (identity) guests.set(request, { token, identity });
    else {
      limiter.count(address, Date.now());
      log.warn({ remoteAddress: address }, 'broker token refused');
    }
    return identity !== undefined;
  }

  function welcome(socket: Socket): void {
    // Engine.IO gives the socket the very request that was admitted.
    const guest = guests.get((socket as unknown as { request: IncomingMessage }).request);
    if (!guest) {
      socket.close(true);
      return;
    }
    let connection: DeployedClient | undefined;
    const timer = setTimeout(() => socket.close(true), identifyTimeoutMs);
    socket.once('close', () => clearTimeout(timer));
    socket.on('message', (data: unknown) => {
      const message = typeof data === 'string' ? readMessage(data) : undefined;
      if (message?.kind === 'ping') socket.send(pongMessage(message.at));
      else if (message?.name === 'request') void relay(socket, guest, message);
      else if (message?.name === 'identify' && !connection) {
        connection = introduce(socket, guest, message.argument);
        if (connection) clearTimeout(timer);
      }
    });
    socket.send(eventMessage('identify', { capabilities: ['receive-post-streams'] }));
  }

  function introduce(socket: Socket, guest: Guest, argument: unknown): DeployedClient | undefined {
    const said = Identification.safeParse(argument);
    const isSame = said.success && timingSafeEqual(hashToken(said.data.token), guest.identity.tokenHash);
    if (!isSame || !said.data.metadata.capabilities.includes('post-streams')) {
      log.warn({ integrationId: guest.identity.integrationId }, 'deployed client cannot be understood');
      socket.close(true);
      return undefined;
    }
    const { clientId, version } = said.data.metadata;
    const connection = new DeployedClient(socket, { clientId, version });
    connections.set(connection, guest.identity.tokenHash);
    void connection.closed.then(() => connections.delete(connection));
    deps.accept(connection, guest.identity);
    void watchAgent(connection);
    return connection;
  }

  /** Callbacks of the agent; nothing else goes this way. */
  async function relay(
    socket: Socket,
    { token }: Guest,
    { id, argument }: Extract<ClientMessage, { kind: 'event' }>,
  ): Promise<void> {
    const answer = (status: number, contentType: string, body: string) => {
      const headers = { 'content-type': contentType };
      if (id !== undefined) socket.send(acknowledgement(id, { status, headers, body }));
    };
    const asked = RelayedRequest.safeParse(argument);
    const path = asked.success ? pathOf(asked.data.url) : '';
    if (!asked.success || asked.data.method.toUpperCase() !== 'POST' || !callbackPaths.has(path)) {
      const faults = asked.error?.issues.map((issue) => issue.path.join('.'));
      log.warn({ path: path.slice(0, 1_024), faults }, 'callback of a deployed client blocked');
      return answer(401, 'application/json', '{"code":"FILTER_BLOCKED","message":"blocked"}');
    }
    try {
      const { 'content-type': contentType } = asked.data.headers;
      const told = await deps.relayCallback(token, { path, contentType, body: asked.data.body });
      answer(told.status, told.contentType, told.body);
    } catch (error) {
      log.error({ err: error }, 'callback of a deployed client failed');
      answer(502, 'application/json', '{"code":"DOWNSTREAM_ERROR","message":"the callback failed"}');
    }
  }

  async function takeAnswer(request: IncomingMessage, token: string, streamId: string): Promise<boolean> {
    const tokenHash = hashToken(token);
    const waiting = [...connections].find(
      ([connection, hash]) => connection.awaits(streamId) && timingSafeEqual(hash, tokenHash),
    );
    if (!waiting) return false;
    const head = await readAnswerHead(request);
    return waiting[0].deliver(streamId, head, request);
  }

  const config = { isPublic: true };
  return {
    routes: (app, _options, done) => {
      // Bodies go on as they come.
      app.removeAllContentTypeParsers();
      app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
      const options = { config, bodyLimit: maxMessageBytes };
      app.all('/primus/:token', options, (request, reply: FastifyReply) => {
        reply.hijack();
        engine.handleRequest(request.raw, reply.raw);
      });
      app.post(
        '/response-data/:token/:streamId',
        { config, bodyLimit: maxAnswerBytes },
        async (request, reply) => {
          const { token, streamId } = request.params as { token: string; streamId: string };
          const isTaken = await takeAnswer(request.raw, token, streamId);
          if (isTaken) return {};
          return reply
            .code(500)
            .header('connection', 'close')
            .send({ message: 'Unable to find request matching streaming id.' });
        },
      );
      done();
    },
    upgrade: (request, socket, head) => {
      if (!request.url?.startsWith('/primus/')) return false;
      engine.handleUpgrade(request, socket, head);
      return true;
    },
    async stop(graceMs) {
      isStopping = true;
      await Promise.all([...connections.keys()].map((connection) => connection.drain(graceMs)));
      engine.close();
    },
  };
}

/** A client puts the origin of its rule before the path. Only the path counts: callbacks go to ourselves. */
function pathOf(url: string): string {
  return URL.canParse(url, 'http://platform') ? new URL(url, 'http://platform').pathname : '';
}
