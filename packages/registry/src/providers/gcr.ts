import type { RegistryCredentials } from '@plimsoll/contracts';
import { parseGoogleKey } from '../auth/google-key.ts';
import { listPages } from '../listing/list-pages.ts';
import { distribution } from './distribution.ts';
import { googleLogin, listGoogleTags, walkGoogleNames } from './google.ts';
import type { Provider } from './provider.ts';
import { withoutColon } from './google-project.ts';
import { rootedBase } from './typed-base.ts';

/**
 * Google Container Registry (`gcr.io`, today served by Artifact Registry): the tree of names below a project is walked, since
 * the catalog is there on some hosts only. https://cloud.google.com/artifact-registry/docs/transition/gcr-repositories
 */
export const gcr: Provider = {
  ...distribution,
  ...rootedBase,
  type: 'gcr',
  account:
    'a service account with the role Artifact Registry Reader (roles/artifactregistry.reader) in the project',
  login: googleLogin,
  listTags: listGoogleTags,

  /** A key belongs to a project; another one is named by the base. */
  namespace: (credentials) =>
    rootedBase.namespace(written(credentials)) ||
    withoutColon(parseGoogleKey(credentials.password ?? '')?.project_id ?? ''),

  base: (credentials) => rootedBase.base(written(credentials)),

  listRepositories(context, page, signal) {
    const { namespace } = context;
    return namespace
      ? listPages((position) => walkGoogleNames(context, namespace, position, signal), '', page)
      : distribution.listRepositories(context, page, signal);
  },
};

/** A project of a domain may be typed with its colon. */
function written(credentials: RegistryCredentials): RegistryCredentials {
  const { registryBase } = credentials;
  const [, host = '', path = ''] = /^(\s*(?:[a-z]+:\/\/)?[^/]*)(\/[^]*)?$/i.exec(registryBase ?? '') ?? [];
  return registryBase ? { ...credentials, registryBase: host + withoutColon(path) } : credentials;
}
