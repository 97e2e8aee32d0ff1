import { decodeCredentials, encodeCredentials, type RegistryCredentials } from '@plimsoll/contracts';
import { Secret } from '@plimsoll/runtime';
import type { BrokerClientConfig } from './config.ts';
import { listedPart } from './listed-part.ts';

export type CredentialsVariables = Pick<
  BrokerClientConfig,
  | 'CR_TYPE'
  | 'CR_BASE'
  | 'CR_USERNAME'
  | 'CR_PASSWORD'
  | 'CR_TOKEN'
  | 'CR_ROLE_ARN'
  | 'CR_REGION'
  | 'CR_EXTERNAL_ID'
  | 'CR_REPOSITORIES'
  | 'CR_NAMESPACES'
  | 'CR_CREDENTIALS'
>;

export type HeldCredentials = {
  readonly type: string;
  /** Whether a repository of the registry is among those that are looked at. */
  readonly isListed: (repository: string) => boolean;
  /** What replaces `${CR_CREDENTIALS}`: base64 of the credentials document. */
  readonly header: Secret;
  /** Every value in it that must not be seen anywhere else. */
  readonly secrets: readonly Secret[];
};

/** Makes the credentials document of the registry from the environment; a ready-made one wins. */
export function registryCredentials(variables: CredentialsVariables): HeldCredentials {
  const given = variables.CR_CREDENTIALS?.reveal().trim();
  const document = given ? decodeCredentials(given) : documentOf(variables);
  const header = new Secret(given ?? encodeCredentials(document));
  const values = [document.password, document.roleArn, document.extra?.externalId];
  return {
    type: document.type,
    isListed: listedPart(document),
    header,
    secrets: [header, ...values.flatMap((value) => (value ? [new Secret(value)] : []))],
  };
}

function documentOf(variables: CredentialsVariables): RegistryCredentials {
  const { CR_TYPE: type, CR_TOKEN: token, CR_BASE: registryBase } = variables;
  // The schema of the environment has seen to it.
  if (!type) throw new Error('CR_TYPE is missing');
  const { CR_REPOSITORIES: repositories, CR_NAMESPACES: namespaces } = variables;
  const named = { ...(repositories && { repositories }), ...(namespaces && { namespaces }) };
  if (type === 'ecr') {
    const { CR_ROLE_ARN: roleArn, CR_REGION: region, CR_EXTERNAL_ID: externalId } = variables;
    return { type, roleArn, registryBase, extra: { ...named, region, externalId: externalId?.reveal() } };
  }
  // DigitalOcean takes its API token as user name and as password.
  const isTokenOnly = type === 'digitalocean-cr';
  return {
    type,
    username: isTokenOnly ? token?.reveal() : variables.CR_USERNAME,
    password: isTokenOnly ? token?.reveal() : variables.CR_PASSWORD?.reveal(),
    registryBase,
    ...(Object.keys(named).length > 0 && { extra: named }),
  };
}
