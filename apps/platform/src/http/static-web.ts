import { sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync } from 'fastify';

/** Paths that are never pages: an unknown one is an error for the program that asked. */
const notPages = /^\/(?:rest|v1|v2|api|broker|assets|metrics|healthcheck|readyz)(?:[/?]|$)/;

/**
 * Serves the built web page from a folder. The names of its assets contain their hash, so browsers may keep them;
 * every path that is no file is the page itself, whose router reads the address.
 */
export function staticWeb(directory: string): FastifyPluginAsync {
  return async (app) => {
    await app.register(fastifyStatic, {
      root: directory,
      index: false,
      wildcard: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const isHashed = path.includes(`${sep}assets${sep}`);
        void reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
    app.get('/*', { config: { isPublic: true } }, (request, reply) =>
      notPages.test(request.url) ? reply.callNotFound() : reply.sendFile('index.html'),
    );
  };
}
