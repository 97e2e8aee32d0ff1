import { json, type Answer } from './answer.ts';
import type { RegistryContent } from './content.ts';
import { byDigest } from './fake-pages.ts';
import type { ExtraRoutes, RecordedRequest } from './start-test-registry.ts';

/** Who may do what: the access key may assume the role with the external id, the role may read. */
export type EcrOptions = {
  /** What the token holds that `/v2/` is entered with, as user `AWS`. */
  readonly password: string;
  readonly accessKey: string;
  readonly roleArn: string;
  readonly externalId: string;
  /** How long tokens and roles last, seconds; twelve hours and one unless told. */
  readonly tokenSeconds?: number;
  readonly roleSeconds?: number;
  /** Digests of images that were archived. */
  readonly archived?: ReadonlySet<string>;
};

const roleKey = 'ASIATEST';

/** STS and ECR at one address: looks at the access key of a request and not at its signature. */
export function ecrRoutes(options: EcrOptions): ExtraRoutes {
  return (request, { repositories }) => {
    const { method, url, headers, body } = request;
    if (method !== 'POST' || url.pathname !== '/') return undefined;
    const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
    if (headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return assumeRole(new URLSearchParams(body), key, options);
    }
    if (key !== roleKey) return refusal('UnrecognizedClientException');
    return answerEcr(request, repositories, options);
  };
}

function answerEcr(
  { headers, body }: RecordedRequest,
  repositories: RegistryContent['repositories'],
  { password, archived, tokenSeconds = 43_200 }: EcrOptions,
): Answer {
  const input = JSON.parse(body) as { nextToken?: string; maxResults?: number; repositoryName?: string };
  switch (String(headers['x-amz-target']).split('.')[1]) {
    case 'GetAuthorizationToken': {
      const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64');
      const expiresAt = Date.now() / 1000 + tokenSeconds;
      return answer({
        authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: 'https://ecr.test' }],
      });
    }
    case 'DescribeRepositories': {
      const all = [...repositories.keys()].map((repositoryName) => ({
        repositoryName,
        registryId: '123456789012',
        createdAt: 1_704_164_645.25,
      }));
      return page('repositories', all, input);
    }
    case 'DescribeImages': {
      const tags = repositories.get(input.repositoryName ?? '');
      if (!tags) return refusal('RepositoryNotFoundException');
      const all = byDigest(tags).map(([imageDigest, tagged]) => ({
        imageDigest,
        imageTags: tagged.map(([name]) => name),
        imagePushedAt: Date.parse(tagged[0]?.[1].pushedAt ?? '') / 1000,
        imageSizeInBytes: 200_439,
        imageStatus: archived?.has(imageDigest) ? 'ARCHIVED' : 'ACTIVE',
      }));
      return page('imageDetails', all, input);
    }
    default:
      return refusal('UnknownOperationException');
  }
}

function page(
  key: string,
  all: readonly unknown[],
  input: { nextToken?: string; maxResults?: number },
): Answer {
  const start = Number(input.nextToken?.slice('after-'.length) ?? 0);
  const end = start + (input.maxResults ?? 100);
  return answer({ [key]: all.slice(start, end), nextToken: end < all.length ? `after-${end}` : null });
}

function answer(document: object): Answer {
  return json(200, document, { 'content-type': 'application/x-amz-json-1.1' });
}

function refusal(type: string): Answer {
  return json(400, { __type: type, message: 'refused' }, { 'content-type': 'application/x-amz-json-1.1' });
}

function assumeRole(form: URLSearchParams, key: string | undefined, options: EcrOptions): Answer {
  const fits =
    key === options.accessKey &&
    form.get('Action') === 'AssumeRole' &&
    form.get('RoleArn') === options.roleArn &&
    form.get('ExternalId') === options.externalId;
  if (!fits) {
    const message = `User is not authorized to perform: sts:AssumeRole on resource: ${options.roleArn}`;
    const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error>`;
    return xml(
      403,
      `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}</ErrorResponse>`,
    );
  }
  const expiration = new Date(Date.now() + (options.roleSeconds ?? 3_600) * 1_000).toISOString();
  const credentials = `<AccessKeyId>${roleKey}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expiration}</Expiration>`;
  const user =
    '<AssumedRoleUser><AssumedRoleId>ARO:agent</AssumedRoleId><Arn>arn:aws:sts::1:r</Arn></AssumedRoleUser>';
  const result = `<AssumeRoleResult>${user}<Credentials>${credentials}</Credentials></AssumeRoleResult>`;
  return xml(
    200,
    `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleResponse>`,
  );
}

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}
