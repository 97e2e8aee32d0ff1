import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  agentRoutes,
  bodyLimits,
  callbackRoutes,
  HopError,
  inventoryLimits,
  listingLimits,
  RegistryCredentials,
  requestHeaders,
  type AgentRoute,
} from '@plimsoll/contracts';
import { z } from 'zod';

// Writes docs/reference/agent-api.md from the contracts: `node scripts/make-agent-api-doc.ts`.
// test/agent-api-doc.test.ts fails when the file is not what this would write.

export const agentApiDocFile = join(import.meta.dirname, '../docs/reference/agent-api.md');

/** The reference of the agent's API and of its callbacks, Markdown. */
export function agentApiDoc(): string {
  const mebibytes = (bytes: number) => `${bytes / 1024 ** 2} MiB`;
  return `# The agent's API

<!-- Written by scripts/make-agent-api-doc.ts from packages/contracts; edit those. -->

What an agent answers, and where it calls back. The broker client lets exactly these requests through. Paths and methods
are those of the product that Plimsoll replaces; the documents are Plimsoll's own.

## Conventions

- Bodies are JSON. A request may have ${mebibytes(bodyLimits.agentRequest)}, an answer ${mebibytes(bodyLimits.agentResponse)}, a callback ${mebibytes(bodyLimits.callback)}.
- A path that ends in \`/*\` takes a repository name in its place, slashes included.
- Routes marked with credentials expect them in \`authorization\`: base64 of the document below. The broker client
  puts it there; it is kept for the request only.
- \`${requestHeaders.requestId}\` is passed on, into the log of every hop.
- Listings come in pages of at most ${listingLimits.max}: ask again with \`cursor\` set to \`nextCursor\` until there is none.
  \`complete: false\` says that something could not be listed; \`warnings\` says what.
- A failure is answered with this document and one of these statuses: 400 the request is wrong, 401 the registry refuses
  the credentials (or there are none), 403 it refuses what they ask for, 404 not there, 429 busy (\`retry-after\` says how
  many seconds to wait), 501 not supported, 502 the registry cannot be reached or understood, 503 the agent is stopping, 504
  too slow.

${fields(HopError)}

### Credentials

${fields(RegistryCredentials, 'input')}

## Routes

${Object.values(agentRoutes).map(routeSection).join('\n\n')}

## Callbacks

The agent posts to the addresses that the scan request named, which are paths of the broker client; that passes them on to the
platform. It posts until a 2xx status acknowledges the document, with growing pauses, for at most an hour. 400, 404, 410,
413, 415 and 422 say that it need not try again. A receiver may get a document twice, and knows it by its \`scanId\`.

### Result: \`POST ${callbackRoutes.result.paths.join('`, `POST ')}\`

The image was read. At most ${inventoryLimits.packages.toLocaleString('en')} packages, ${inventoryLimits.layers.toLocaleString('en')} layers and ${inventoryLimits.warnings.toLocaleString('en')} warnings.

${fields(callbackRoutes.result.body)}

### End: \`POST ${callbackRoutes.done.paths.join('`, `POST ')}\`

The scan is over: \`finished\` after its result was acknowledged; \`failed\`, with the reason; or \`returned\`, because the
agent stops, to be asked for again.

${fields(callbackRoutes.done.body)}
`;
}

function routeSection(route: AgentRoute): string {
  const parts = [
    `### \`${route.method} ${route.path}\``,
    `${route.summary}. ${route.credentials ? 'With credentials.' : 'Without credentials.'}`,
  ];
  if (route.query) parts.push('Query:', fields(route.query, 'input'));
  if (route.body) parts.push('Body:', fields(route.body, 'input'));
  parts.push(route.method === 'POST' ? 'Answer, status 202:' : 'Answer:', fields(route.response));
  return parts.join('\n\n');
}

type JsonSchema = {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
};

/** A table of a document's fields, nested ones by their path. */
function fields(schema: z.ZodType, io: 'input' | 'output' = 'output'): string {
  const json = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;
  const rows = rowsOf(json, '');
  return ['| field | type | |', '|---|---|---|', ...rows].join('\n');
}

function rowsOf(schema: JsonSchema, prefix: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const isRequired = schema.required?.includes(name) ?? false;
    const inner = innerOf(field);
    const row = `| \`${path}\` | ${typeOf(field)} | ${noteOf(field, isRequired)} |`;
    return [row, ...(inner ? rowsOf(inner.schema, `${path}${inner.suffix}.`) : [])];
  });
}

/** The object inside a field, be it a list, a map or nullable. */
function innerOf(field: JsonSchema): { schema: JsonSchema; suffix: string } | undefined {
  if (field.properties) return { schema: field, suffix: '' };
  if (field.items?.properties) return { schema: field.items, suffix: '[]' };
  const nullable = field.anyOf?.find((option) => option.properties);
  return nullable && { schema: nullable, suffix: '' };
}

function typeOf(field: JsonSchema): string {
  if (field.const !== undefined) return `\`${JSON.stringify(field.const)}\``;
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.anyOf) return [...new Set(field.anyOf.map(typeOf))].join(' or ');
  if (field.items) return `list of ${typeOf(field.items)}`;
  if (typeof field.additionalProperties === 'object' && !field.properties) {
    return `map to ${typeOf(field.additionalProperties)}`;
  }
  if (field.pattern?.includes('sha256')) return 'digest';
  return field.format ?? field.type ?? 'anything';
}

function noteOf(field: JsonSchema, isRequired: boolean): string {
  const notes = [
    !isRequired && field.default === undefined && 'optional',
    field.default !== undefined && `default ${JSON.stringify(field.default)}`,
    field.maxLength !== undefined && `at most ${field.maxLength.toLocaleString('en')} characters`,
    field.maxItems !== undefined && `at most ${field.maxItems.toLocaleString('en')}`,
    field.maximum !== undefined &&
      field.maximum < Number.MAX_SAFE_INTEGER &&
      `at most ${field.maximum.toLocaleString('en')}`,
  ];
  return notes.filter((note) => note !== false).join(', ');
}

if (import.meta.main) writeFileSync(agentApiDocFile, agentApiDoc());
