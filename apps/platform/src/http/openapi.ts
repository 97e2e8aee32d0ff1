import { ErrorDocument, jsonApiMediaType, V1Error } from '@plimsoll/contracts';
import type { FastifyInstance, FastifyPluginAsync, RouteOptions } from 'fastify';
import { z } from 'zod';
import { notFound } from './api-problem.ts';
import { firstRelease, type Release } from './api-version.ts';
import { isV1 } from './errors.ts';
import { demandOf } from './require-demands.ts';

/** The parts of a route's schema that the document shows. */
type RouteSchema = {
  summary?: string;
  params?: z.ZodType;
  querystring?: z.ZodType;
  body?: z.ZodType;
  response?: Record<string, z.ZodType>;
};

/** Collects every route with a summary as it is registered, and makes the plugin that serves the documents. */
export function documentRoutes(app: FastifyInstance): FastifyPluginAsync {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => {
    const schema = route.schema as RouteSchema | undefined;
    if (schema?.summary !== undefined && route.method !== 'HEAD') routes.push(route);
  });

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (plugin) => {
    const config = { isPublic: true };
    plugin.get('/rest/openapi', { config }, (_request, reply) =>
      reply.type('application/json').send(JSON.stringify(versionsOf(routes))),
    );
    plugin.get('/rest/openapi/:version', { config }, (request, reply) => {
      const { version } = request.params as { version: string };
      if (!versionsOf(routes).some((known) => known === version)) throw notFound(`Version ${version}`);
      return reply.type('application/json').send(JSON.stringify(documentOfVersion(routes, version)));
    });
  };
}

function releasesOf(route: RouteOptions): readonly Release[] {
  return route.config?.releases ?? [firstRelease];
}

/** Every date on which some route got a release. */
function versionsOf(routes: readonly RouteOptions[]): string[] {
  return [...new Set(routes.flatMap(releasesOf))].toSorted((a, b) => (a < b ? -1 : Number(a > b)));
}

/** The OpenAPI document of a version: the routes that had a release by its date. */
function documentOfVersion(routes: readonly RouteOptions[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    if (!releasesOf(route).some((release) => release.slice(0, 10) <= version.slice(0, 10))) continue;
    const path = route.url.replaceAll(/:([A-Za-z_]+)/g, '{$1}');
    paths[path] = { ...paths[path], [String(route.method).toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Plimsoll', version },
    components: {
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'authorization', description: 'token <API key>' },
        session: { type: 'apiKey', in: 'cookie', name: 'plimsoll_session' },
      },
      schemas: { ErrorDocument: toJson(ErrorDocument, 'output'), V1Error: toJson(V1Error, 'output') },
    },
    paths,
  };
}

function operation(route: RouteOptions): object {
  const schema = route.schema as RouteSchema;
  const demand = demandOf(route);
  const isOld = isV1(route.url);
  const mediaType = isOld ? 'application/json' : jsonApiMediaType;
  const content = (value: object) => ({ [mediaType]: { schema: value } });
  const responses = Object.entries(schema.response ?? {}).map(([status, body]) => [
    status,
    {
      description: body instanceof z.ZodUndefined ? 'Done; no content' : 'Success',
      ...(!(body instanceof z.ZodUndefined) && { content: content(toJson(body, 'output')) }),
    },
  ]);
  return {
    summary: schema.summary,
    ...(demand === undefined ? { security: [] } : { security: [{ token: [] }, { session: [] }] }),
    ...(route.config?.audit && { 'x-audit-event': route.config.audit }),
    ...(demand !== undefined && demand !== 'signed-in' && { 'x-permission': demand }),
    parameters: [
      ...parameters('path', schema.params),
      ...(isOld || demand === undefined ? [] : [versionParameter]),
      ...parameters('query', schema.querystring),
    ],
    ...(schema.body && { requestBody: { content: content(toJson(schema.body, 'input')) } }),
    responses: {
      ...Object.fromEntries(responses),
      default: {
        description: 'Refused or failed',
        content: content({ $ref: `#/components/schemas/${isOld ? 'V1Error' : 'ErrorDocument'}` }),
      },
    },
  };
}

const versionParameter = {
  name: 'version',
  in: 'query',
  required: true,
  schema: { type: 'string', examples: ['2025-11-05'] },
};

function parameters(place: 'path' | 'query', schema: z.ZodType | undefined): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toJson(schema, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: value,
  }));
}

function toJson(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return json;
}
