import {
  callbackRoutes,
  listingLimits,
  Reference,
  RepositoryName,
  type agentRoutes,
  type AgentRouteName,
  type RegistryCredentials,
} from '@plimsoll/contracts';
import type { ScanOptions } from '@plimsoll/scanner';
import type { z } from 'zod';
import { AgentError } from './agent-error.ts';
import { learnDigests } from './learn-digests.ts';
import { readImage, type ImageName } from './read-image.ts';
import { verdictStatus } from './registry-failures.ts';
import type { RegistrySessions } from './registry-sessions.ts';
import type { ScanSlots } from './scan-slots.ts';

export type HandlerDeps = {
  readonly version: string;
  readonly slots: ScanSlots;
  readonly registries: RegistrySessions;
  readonly reading: ScanOptions;
};

/** A request after its schemas have read it. */
export type AgentCall<N extends AgentRouteName> = Entry & {
  readonly query: Parsed<N, 'query'>;
  readonly body: Parsed<N, 'body'>;
};

/** An answer: its body, and its status unless that is 200. */
export type AgentAnswer<N extends AgentRouteName> = {
  readonly status?: number;
  readonly body: z.input<(typeof agentRoutes)[N]['response']>;
};

export type AgentHandlers = { [N in AgentRouteName]: (call: AgentCall<N>) => Promise<AgentAnswer<N>> };

type Parsed<N extends AgentRouteName, K extends 'query' | 'body'> =
  (typeof agentRoutes)[N] extends Record<K, infer S extends z.ZodType> ? z.infer<S> : undefined;

/** What every call into a registry has. `repository` stood in the place of the path's `*`. */
type Entry = {
  readonly repository: string;
  readonly credentials: RegistryCredentials;
  readonly signal: AbortSignal;
};

type Page = {
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly pushedSince?: string | undefined;
};

/** Makes the handlers of the agent's API, one per route of the contract. */
export function createHandlers({ version, slots, registries, reading }: HandlerDeps): AgentHandlers {
  async function check({ credentials, signal }: Entry) {
    const verdict = await registries.use(credentials, (registry) => registry.checkCredentials(signal));
    return { status: verdictStatus(verdict), body: verdict };
  }

  async function tagNames({ repository, credentials, signal }: Entry, page: Page) {
    const { tags, ...end } = await registries.use(credentials, (registry) =>
      registry.listTags(repository, pageOf(page), signal),
    );
    return { body: { ...end, repository, tags: tags.map(({ name }) => ({ name })) } };
  }

  function scan(
    image: ImageName,
    request: { scanId: string; callbackUrl: string; doneUrl: string },
    credentials: RegistryCredentials,
  ) {
    requireCallback(request.callbackUrl, callbackRoutes.result.paths, 'callbackUrl');
    requireCallback(request.doneUrl, callbackRoutes.done.paths, 'doneUrl');
    const body = slots.accept({
      scanId: request.scanId,
      callbackUrl: request.callbackUrl,
      doneUrl: request.doneUrl,
      read: (signal) =>
        registries.use(credentials, (registry) => readImage(registry, image, reading, signal)),
    });
    return Promise.resolve({ status: 202, body });
  }

  return {
    health: () =>
      Promise.resolve({ body: { ok: true, version, slots: { total: slots.total, free: slots.free } } }),
    systemCheck: check,
    validateCredentials: check,
    listRepositories: async ({ query, credentials, signal }) => ({
      body: await registries.use(credentials, (registry) => registry.listRepositories(pageOf(query), signal)),
    }),
    listTags: (call) => tagNames(call, { limit: listingLimits.default }),
    listTagsPaginated: (call) => tagNames(call, call.query),
    listTagsWithMetadata: ({ repository, query, credentials, signal }) =>
      registries.use(credentials, async (registry) => {
        const page = await registry.listTags(repository, pageOf(query), signal);
        const tags = await learnDigests(registry, repository, page.tags, signal);
        return { body: { ...page, repository, tags } };
      }),
    imageMetadata: async ({ repository, query, credentials, signal }) => ({
      body: await registries.use(credentials, (registry) =>
        registry.describeImage(repository, query.reference, signal),
      ),
    }),
    stateIdentifier: async ({ query: { repository, reference }, credentials, signal }) => {
      const { digest } = await registries.use(credentials, (registry) =>
        registry.resolve(repository, reference, signal),
      );
      return { body: { repository, reference, digest } };
    },
    scan: ({ body, credentials }) =>
      scan(
        { repository: body.repository, reference: body.reference, platform: body.platform },
        body,
        credentials,
      ),
    discover: ({ body, credentials }) =>
      scan({ ...parseImageName(body.image), platform: body.platform }, body, credentials),
  };
}

function pageOf({ cursor, limit, pushedSince }: Page) {
  return {
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(pushedSince !== undefined && { pushedSince: new Date(pushedSince) }),
  };
}

/**
 * Inventories go to the callback paths of a broker client and nowhere else: whoever may ask for scans must not be
 * able to make the agent post to any address of the private network.
 */
function requireCallback(address: string, paths: readonly string[], name: string): void {
  const url = new URL(address);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  if (!isHttp || url.search !== '' || !paths.some((path) => url.pathname.endsWith(path))) {
    throw new AgentError('invalid-request', `${name} does not lead to a callback of a broker client.`);
  }
}

/** Reads `repository:tag` or `repository@sha256:..`; without either, the tag is `latest`. */
function parseImageName(image: string): { repository: string; reference: string } {
  const [, name, reference = 'latest'] =
    /^(.+?)@(sha256:[a-f0-9]{64})$/.exec(image) ?? /^(.+?)(?::([^:/]+))?$/.exec(image) ?? [];
  const parsed = { repository: RepositoryName.safeParse(name), reference: Reference.safeParse(reference) };
  if (!parsed.repository.success || !parsed.reference.success) {
    throw new AgentError('invalid-request', 'image: expected repository:tag or repository@digest.');
  }
  return { repository: parsed.repository.data, reference: parsed.reference.data };
}
