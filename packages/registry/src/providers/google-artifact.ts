import { RepositoryName } from '@plimsoll/contracts';
import { z } from 'zod';
import { fetchedAuthorizer, fixedAuthorizer } from '../auth/authorizer.ts';
import { googleAssertion, parseGoogleKey, type GoogleKey } from '../auth/google-key.ts';
import { freshMsOf } from '../auth/token-life.ts';
import { chainPages } from '../listing/chain-pages.ts';
import { listPages } from '../listing/list-pages.ts';
import { RegistryError } from '../registry-error.ts';
import { gcr } from './gcr.ts';
import { googleNames, type GoogleNames } from './google-project.ts';
import { walkGoogleNames } from './google.ts';
import { ifRefused } from '../if-refused.ts';
import type { Provider, ProviderContext, ProviderSession } from './provider.ts';
import { readApi } from './read-api.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform.read-only';
/** More repositories than one location of a project can hold. */
const maxApiPages = 100;
/** How long the repositories of a project are taken for the same, milliseconds. */
const repositoriesFreshMs = 60_000;

const Token = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.number().optional(),
});
const Repositories = z.object({
  repositories: z.array(z.object({ name: z.string(), format: z.string().nullish() })).nullish(),
  nextPageToken: z.string().nullish(),
});

/**
 * Google Artifact Registry at `LOCATION-docker.pkg.dev/PROJECT[/REPOSITORY]`: Google's API tells a project's repositories,
 * and below each the tree of names is walked. https://cloud.google.com/artifact-registry/docs/reference/rest
 */
export const googleArtifact: Provider = {
  ...gcr,
  type: 'google-artifact-cr',

  apiAuthorizer(session) {
    const { credentials } = session;
    if (!credentials) return fixedAuthorizer({});
    const key = parseGoogleKey(credentials.password);
    if (!key) return fixedAuthorizer({ authorization: `Bearer ${credentials.password}` });
    return fetchedAuthorizer(
      (signal) => exchangeKey(session, key, signal),
      session.client.limits.documentTimeoutMs,
    );
  },

  async listRepositories(context, page, signal) {
    const { namespace } = context;
    if (!namespace) {
      throw new RegistryError(
        'unsupported',
        `${context.client.base.origin} lists nothing without a project: write it behind the registry base, LOCATION-docker.pkg.dev/PROJECT.`,
      );
    }
    const names = googleNames(namespace);
    const roots = names.isRepository ? [namespace] : await rootsOf(context, names, signal);
    const chain = chainPages(roots, '', (root, position) => walkGoogleNames(context, root, position, signal));
    return listPages(chain.readPage, chain.firstQuery, page);
  },
};

/** Where an API of Google is; a host that is not Google's is a copy of all of it. */
function googleRoot({ client: { base } }: ProviderSession, api: string): string {
  return base.host.endsWith('.pkg.dev') ? `https://${api}.googleapis.com` : base.origin;
}

async function exchangeKey(session: ProviderSession, key: GoogleKey, signal: AbortSignal) {
  const url = new URL(`${googleRoot(session, 'oauth2')}/token`);
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: assertionOf(key, url),
  });
  const post = { type: 'application/x-www-form-urlencoded', body: form.toString() };
  const request = { url, scope: '', authorizer: fixedAuthorizer({}), post };
  const { value } = await session.client
    .json(request, Token, signal)
    .catch(ifRefused(['unauthorized', 'forbidden', 'invalid-answer'], refuseKey(url)));
  const headers = { authorization: `Bearer ${value.access_token}` };
  return { value: headers, freshMs: freshMsOf(value.access_token, value.expires_in) };
}

/** Google refuses a key that was withdrawn, and any at an hour that is not Google's, with a 400 like any nonsense. */
function refuseKey({ origin }: URL): () => never {
  return () => {
    const remedy = 'Is the key still there, and is the clock of this machine right?';
    throw new RegistryError('unauthorized', `${origin} gives no token for the Google key. ${remedy}`);
  };
}

function assertionOf(key: GoogleKey, url: URL): string {
  try {
    return googleAssertion(key, { scope, audience: url.href });
  } catch {
    // What it says could quote the key.
    throw new RegistryError('unauthorized', 'The private key within the Google key cannot be used.');
  }
}

/** A list without end is no list: what is left out would be taken for deleted. */
function tooMany(root: string): RegistryError {
  return new RegistryError('invalid-answer', `${root} leads on from page to page of repositories.`);
}

/** A project's docker repositories, as the beginnings of names. */
function rootsOf(
  context: ProviderContext,
  { project, prefix }: GoogleNames,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const location = /^(.+)-docker\.pkg\.dev$/.exec(context.client.base.host)?.[1] ?? 'us';
  const path = `/v1/projects/${project}/locations/${location}/repositories`;
  const root = googleRoot(context, 'artifactregistry');
  const ask = async (fetchSignal: AbortSignal) => {
    const roots: string[] = [];
    let token = '';
    for (let pages = 0; ; pages++) {
      if (pages === maxApiPages) throw tooMany(root);
      const query = `pageSize=1000&pageToken=${encodeURIComponent(token)}`;
      const { value } = await readApi(context, { root, path, query }, Repositories, fetchSignal);
      for (const { name, format } of value.repositories ?? []) {
        const candidate = `${prefix}/${name.split('/').at(-1) ?? ''}`;
        if ((format ?? 'DOCKER') === 'DOCKER' && RepositoryName.safeParse(candidate).success) {
          roots.push(candidate);
        }
      }
      if (!value.nextPageToken) break;
      token = value.nextPageToken;
    }
    return { value: roots, freshMs: repositoriesFreshMs };
  };
  return context.memory.get('roots', ask, signal);
}
