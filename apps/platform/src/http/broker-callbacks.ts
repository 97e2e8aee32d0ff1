import type { IncomingMessage } from 'node:http';
import type { HopError } from '@plimsoll/contracts';
import type { Logger } from '@plimsoll/runtime';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose broker client delivers; set on the routes of broker clients only. */
    callbackIntegrationId: string;
  }
}

export type BrokerCallbackDeps = {
  readonly log: Logger;
  /** Which integration a broker token belongs to; undefined for one that is not valid, or not where the request comes from. */
  readonly verifyBrokerToken: (
    token: string,
    request: IncomingMessage,
  ) => Promise<{ readonly integrationId: string } | undefined>;
};

/** One kind of delivery: where it arrives, what it must be, and what is done with it. */
export type BrokerCallback<S extends z.ZodType = z.ZodType> = {
  readonly paths: readonly string[];
  readonly body: S;
  readonly maxBytes: number;
  readonly take: (integrationId: string, document: z.infer<S>, reply: FastifyReply) => Promise<FastifyReply>;
};

/**
 * Routes to which broker clients deliver: authenticated by the broker token, answered as the hops between speak
 * (contracts' `HopError`) and not as the REST API does.
 */
export function brokerCallbacks(
  { verifyBrokerToken, log }: BrokerCallbackDeps,
  register: (add: <S extends z.ZodType>(callback: BrokerCallback<S>) => void) => void,
): FastifyPluginCallback {
  return (app, _options, done) => {
    app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) log.error({ err: error }, 'callback failed');
      const message = status < 500 ? error.message : 'The platform failed; its log says why.';
      return refuse(reply, status, status < 500 ? 'invalid-request' : 'internal', message);
    });

    // Before the body is read: nobody without a token makes us take 128 MiB.
    app.decorateRequest('callbackIntegrationId', '');
    app.addHook('onRequest', async (request, reply) => {
      const integration = await verifyBrokerToken(bearerToken(request), request.raw);
      if (!integration) return refuse(reply, 401, 'unauthorized', 'The broker token is not valid.');
      request.callbackIntegrationId = integration.integrationId;
      return undefined;
    });

    register(({ paths, body, maxBytes, take }) => {
      for (const url of paths) {
        app.post(url, { bodyLimit: maxBytes, config: { isPublic: true } }, async (request, reply) => {
          const document = body.safeParse(request.body);
          if (document.success) return take(request.callbackIntegrationId, document.data, reply);
          const [issue] = document.error.issues;
          const message = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}`;
          return refuse(reply, 400, 'invalid-request', message);
        });
      }
    });
    done();
  };
}

/** Refuses a delivery, in the words of the hops. */
export function refuse(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply.code(status).send({ code, message } satisfies HopError);
}

function bearerToken(request: FastifyRequest): string {
  return /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
