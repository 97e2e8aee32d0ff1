import { readFileSync } from 'node:fs';
import { agentRoutes, bodyLimits, callbackRoutes, rawBodyLimit } from '@plimsoll/contracts';
import { ConfigError } from '@plimsoll/runtime';
import { z } from 'zod';

/** A route that requests may take. A path that ends in `/*` also takes everything below it. */
export type AcceptedRoute = {
  readonly method: string;
  readonly path: string;
  /** Whether the credentials may be filled in. */
  readonly credentials: boolean;
  /** `addresses`: JSON in which delivery addresses are filled in; `raw`: goes on as it comes, never held whole. */
  readonly body: 'none' | 'addresses' | 'raw';
  /** Largest bodies, bytes. */
  readonly limits: { readonly request: number; readonly answer: number };
};

const contractLimits = { request: bodyLimits.agentRequest, answer: bodyLimits.agentResponse } as const;

/** What may pass, in both directions. */
export type AcceptedRoutes = {
  /** From the platform to the agent. */
  readonly inwards: readonly AcceptedRoute[];
  /** Callbacks of the agent to the platform. */
  readonly outwards: readonly { readonly method: string; readonly path: string }[];
};

/** Everything that the contract names; what passes without a file of one's own. */
export const contractRoutes: AcceptedRoutes = {
  inwards: Object.values(agentRoutes).map((route) => ({
    method: route.method,
    path: route.path,
    credentials: route.credentials,
    body: 'body' in route ? 'addresses' : 'none',
    limits: contractLimits,
  })),
  outwards: Object.values(callbackRoutes).flatMap(({ method, paths }) =>
    paths.map((path) => ({ method, path })),
  ),
};

/** A rule as deployed files have it. What we do not honour must not be there, or a file would mean more than it does. */
const Rule = z.object({
  method: z
    .string()
    .default('GET')
    .transform((method) => method.toUpperCase()),
  path: z
    .string()
    .regex(/^\/(?:[\w.~@+-][\w.~@:+-]*(?:\/|$))*\*?$/, 'is no plain path, with or without `/*` at its end'),
  origin: z.string().optional(),
  auth: z
    .never({ error: 'is not supported: the agent takes the credentials of the registry only' })
    .optional(),
  valid: z.never({ error: 'is not supported: without it the rule would let more through' }).optional(),
});
type Rule = z.infer<typeof Rule>;

const AcceptFile = z.object({ private: z.array(Rule), public: z.array(Rule) });

/** Longest file that is read, bytes; deployed ones have a few KB. */
const maxFileBytes = 1024 * 1024;

/** The one place that private rules may lead to. */
const agentOrigin = '${CR_AGENT_URL}';

/**
 * Reads the allow-list of the variable `ACCEPT` (JSON with `private` and `public` rules, as deployed clients have it).
 * @throws {ConfigError} when the file cannot be read, or a private rule lets through more than the contract and
 * `ACCEPT_UNSAFE` is off.
 */
export function acceptedRoutes(config: {
  readonly ACCEPT?: string | undefined;
  readonly ACCEPT_UNSAFE: boolean;
  readonly ACCEPT_MAX_BODY_BYTES?: number;
}): AcceptedRoutes {
  if (config.ACCEPT === undefined) return contractRoutes;
  const file = parseFile(readText(config.ACCEPT));
  const maxRawBytes = config.ACCEPT_MAX_BODY_BYTES ?? rawBodyLimit;
  const limits = { request: maxRawBytes, answer: maxRawBytes };
  const inwards = file.private.map((rule, index) => {
    const isElsewhere = rule.origin !== undefined && rule.origin !== agentOrigin;
    if (isElsewhere) throw fault(`private rule ${index + 1}: origin may only be ${agentOrigin}`);
    const contract = contractRoutes.inwards.find(
      ({ method, path }) => method === rule.method && covers(path, rule.path),
    );
    if (contract) return { ...contract, path: rule.path };
    if (!config.ACCEPT_UNSAFE) {
      throw fault(
        `private rule ${index + 1}: ${rule.method} ${rule.path} lets through more than the platform needs; ` +
          'remove it, or set ACCEPT_UNSAFE=1 if you know that you want it',
      );
    }
    return { method: rule.method, path: rule.path, credentials: false, body: 'raw', limits } as const;
  });
  return {
    // Of two rules that fit, the one of the contract is meant.
    inwards: inwards.toSorted((a, b) => Number(a.body === 'raw') - Number(b.body === 'raw')),
    outwards: contractRoutes.outwards.filter(({ method, path }) =>
      file.public.some((rule) => rule.method === method && covers(rule.path, path)),
    ),
  };
}

/** Whether everything that `narrow` lets through is let through by `wide`. */
function covers(wide: string, narrow: string): boolean {
  if (!wide.endsWith('*')) return wide === narrow;
  const prefix = wide.slice(0, -1);
  return narrow.startsWith(prefix) && narrow.length > prefix.length;
}

function readText(path: string): string {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > maxFileBytes) throw new Error(`larger than ${maxFileBytes} bytes`);
    return bytes.toString('utf8');
  } catch (error) {
    throw fault(`cannot be read: ${(error as Error).message}`);
  }
}

function parseFile(text: string): z.infer<typeof AcceptFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw fault('is no JSON');
  }
  const parsed = AcceptFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [side, index, ...rest] = issue?.path ?? [];
  const where = [side, ...(index === undefined ? [] : ['rule', Number(index) + 1, ...rest])].join(' ');
  throw fault(`${where}: ${issue?.message}`);
}

function fault(message: string): ConfigError {
  return new ConfigError(['ACCEPT'], `The environment cannot be used:\n  ACCEPT: ${message}`);
}
