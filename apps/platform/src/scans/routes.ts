import { bodyLimits, callbackRoutes } from '@plimsoll/contracts';
import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import { brokerCallbacks, refuse } from '../http/broker-callbacks.ts';
import type { ScanDeps } from './scan-deps.ts';
import { takeDone, takeResult, type CallbackOutcome } from './scan-outcome.ts';

/** The callbacks of agents, as broker clients pass them on, idempotent by the scan's id. */
export function callbackPlugin(deps: ScanDeps): FastifyPluginCallback {
  const maxBytes = bodyLimits.callback;
  return brokerCallbacks(deps, (add) => {
    add({
      ...callbackRoutes.result,
      maxBytes,
      take: async (integrationId, result, reply) =>
        answer(reply, await takeResult(deps, integrationId, result)),
    });
    add({
      ...callbackRoutes.done,
      maxBytes,
      take: async (integrationId, end, reply) => answer(reply, await takeDone(deps, integrationId, end)),
    });
  });
}

function answer(reply: FastifyReply, outcome: CallbackOutcome): FastifyReply {
  if (outcome === 'unknown') return refuse(reply, 404, 'not-found', 'This integration has no such scan.');
  if (outcome === 'refused') {
    return refuse(reply, 422, 'wrong-digest', 'This is the result of another digest than was asked for.');
  }
  return reply.code(200).send({ ok: true });
}
