import { bodyLimits, callbackRoutes, type HopError } from '@plimsoll/contracts';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ScanDeps } from './scan-deps.ts';
import { takeDone, takeResult, type CallbackOutcome } from './scan-outcome.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose agent calls back; set on the routes of callbacks only. */
    callbackIntegrationId: string;
  }
}

/**
 * The callbacks of agents, as broker clients pass them on: authenticated by the broker token, idempotent by the
 * scan's id, answered as the hops between speak (contracts' `HopError`) and not as the REST API does.
 */
export function callbackPlugin(deps: ScanDeps): FastifyPluginCallback {
  return (app, _options, done) => {
    app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) deps.log.error({ err: error }, 'callback failed');
      const message = status < 500 ? error.message : 'The platform failed; its log says why.';
      return reply.code(status).send(hopError(status < 500 ? 'invalid-request' : 'internal', message));
    });

    // Before the body is read: nobody without a token makes us take 128 MiB.
    app.decorateRequest('callbackIntegrationId', '');
    app.addHook('onRequest', async (request, reply) => {
      const integration = await deps.verifyBrokerToken(bearerToken(request));
      if (!integration)
        return reply.code(401).send(hopError('unauthorized', 'The broker token is not valid.'));
      request.callbackIntegrationId = integration.integrationId;
      return undefined;
    });

    function callback<S extends z.ZodType>(
      { paths, body }: { readonly paths: readonly string[]; readonly body: S },
      take: (integrationId: string, document: z.infer<S>) => Promise<CallbackOutcome>,
    ) {
      const options = { bodyLimit: bodyLimits.callback, config: { isPublic: true } };
      for (const url of paths) {
        app.post(url, options, async (request, reply) => {
          const document = body.safeParse(request.body);
          if (document.success)
            return answer(reply, await take(request.callbackIntegrationId, document.data));
          const [issue] = document.error.issues;
          const message = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'cannot be read'}`;
          return reply.code(400).send(hopError('invalid-request', message));
        });
      }
    }

    callback(callbackRoutes.result, (integrationId, result) => takeResult(deps, integrationId, result));
    callback(callbackRoutes.done, (integrationId, end) => takeDone(deps, integrationId, end));
    done();
  };
}

function answer(reply: FastifyReply, outcome: CallbackOutcome) {
  if (outcome === 'unknown') {
    return reply.code(404).send(hopError('not-found', 'This integration has no such scan.'));
  }
  if (outcome === 'refused') {
    return reply
      .code(422)
      .send(hopError('wrong-digest', 'This is the result of another digest than was asked for.'));
  }
  return reply.code(200).send({ ok: true });
}

function hopError(code: string, message: string): HopError {
  return { code, message };
}

function bearerToken(request: FastifyRequest): string {
  return /^bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
