import { generateKeyPairSync } from 'node:crypto';
import type { RegistryCredentials, RegistryType } from '@plimsoll/contracts';
import {
  acrAuthentication,
  acrRoutes,
  artifactoryRoutes,
  digitaloceanRoutes,
  dockerHubRoutes,
  ecrRoutes,
  githubRoutes,
  gitlabAuthentication,
  gitlabRegistryRoutes,
  gitlabRoutes,
  googleRoutes,
  googleTags,
  harborRoutes,
  nexusRoutes,
  quayCatalog,
  quayRoutes,
  zotRoutes,
  type TestRegistryOptions,
} from '@plimsoll/testkit';

/** How a product is imitated, and entered at the address that its imitation gets. */
export type Product = {
  readonly type: RegistryType;
  /** What every repository's name begins with. */
  readonly root: string;
  readonly options: Omit<TestRegistryOptions, 'content' | 'upstream'>;
  credentials(base: string): RegistryCredentials;
  /** Variables that the agent's environment has for it; `ORIGIN` stands for the imitation's address. */
  readonly environment?: Readonly<Record<string, string>>;
};

const user = { username: 'reader', password: 'correct-horse-battery' };
const bearer = { kind: 'bearer', ...user } as const;
const basic = { kind: 'basic', ...user } as const;
const role = { roleArn: 'arn:aws:iam::123456789012:role/reader', externalId: 'ext-42' };
const token = { username: user.password, password: user.password };
const oauth = { username: '$oauthtoken', password: user.password };
const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const email = 'reader@proj.iam.gserviceaccount.test';
const key = JSON.stringify({ project_id: 'proj', client_email: email, private_key: privateKey });
const googleUser = { kind: 'bearer', username: '_json_key', password: key } as const;
const googleApi = googleRoutes({ publicKey, email, project: 'proj' });
const artifactoryPath = '/artifactory/api/docker/docker-local';
const nexusPath = '/repository/docker-hosted';

/** A product whose users have a name and a password, and whose repositories are those of `team`. */
function usual(type: RegistryType, options: Product['options'], path = ''): Product {
  return {
    type,
    root: 'team',
    options,
    credentials: (base) => ({ type, registryBase: base + path, ...user }),
  };
}

/** All thirteen. */
export const products: readonly Product[] = [
  usual('oci', { authentication: basic, innerRoutes: zotRoutes() }),
  usual('harbor-cr', { authentication: bearer, routes: harborRoutes(user) }),
  usual('acr', { authentication: acrAuthentication(user), innerRoutes: acrRoutes }),
  usual('docker-hub', { authentication: bearer, routes: dockerHubRoutes(user) }),
  usual('github-cr', { authentication: bearer, routes: githubRoutes(user.password) }, '/team'),
  usual(
    'gitlab-cr',
    {
      authentication: gitlabAuthentication(user),
      routes: gitlabRoutes(user.password),
      innerRoutes: gitlabRegistryRoutes(),
    },
    '/team',
  ),
  usual('nexus-cr', { authentication: basic, routes: nexusRoutes(user), pathPrefix: nexusPath }),
  usual('artifactory-cr', {
    authentication: basic,
    routes: artifactoryRoutes(user, 'docker-local'),
    pathPrefix: artifactoryPath,
  }),
  {
    type: 'quay-cr',
    root: 'team',
    options: {
      authentication: { kind: 'bearer', ...oauth },
      routes: quayRoutes(user.password),
      innerRoutes: quayCatalog,
    },
    credentials: (base) => ({ type: 'quay-cr', registryBase: `${base}/team`, ...oauth }),
  },
  {
    type: 'digitalocean-cr',
    root: 'acme',
    options: {
      authentication: { kind: 'bearer', ...token },
      routes: digitaloceanRoutes(user.password, 'acme'),
    },
    credentials: (base) => ({ type: 'digitalocean-cr', registryBase: base, ...token }),
  },
  {
    type: 'gcr',
    root: 'proj',
    options: { authentication: googleUser, innerRoutes: googleTags },
    credentials: (base) => ({ type: 'gcr', registryBase: base, password: key }),
  },
  {
    type: 'google-artifact-cr',
    root: 'proj/team',
    options: { authentication: googleUser, routes: googleApi, innerRoutes: googleTags },
    credentials: (base) => ({ type: 'google-artifact-cr', registryBase: base, password: key }),
  },
  {
    type: 'ecr',
    root: 'team',
    options: {
      authentication: { kind: 'basic', username: 'AWS', password: user.password },
      routes: ecrRoutes({ password: user.password, accessKey: 'AKIATEST', ...role }),
    },
    credentials: (registryBase) => ({
      type: 'ecr',
      registryBase,
      roleArn: role.roleArn,
      extra: { region: 'eu-west-1', externalId: role.externalId },
    }),
    environment: {
      AWS_ENDPOINT_URL_ECR: 'ORIGIN',
      AWS_ENDPOINT_URL_STS: 'ORIGIN',
      AWS_ACCESS_KEY_ID: 'AKIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret-of-the-test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  },
];
