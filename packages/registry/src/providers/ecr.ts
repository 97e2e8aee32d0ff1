import { RepositoryName, TagName, type RegistryCredentials } from '@plimsoll/contracts';
import { EcrEntrance } from '../aws/ecr-entrance.ts';
import { listPages } from '../listing/list-pages.ts';
import { pushTime } from '../listing/push-time.ts';
import { keepValidNames } from '../listing/valid-names.ts';
import { digestOf } from './digest-of.ts';
import { distribution } from './distribution.ts';
import type { Provider } from './provider.ts';
import { splitBase } from './typed-base.ts';

/** AWS refuses larger pages. */
const maxPageSize = 1_000;

/**
 * AWS's private registries: listed and entered by AWS's own API, with a role to assume. The public gallery at
 * public.ecr.aws and those who bring a token for user `AWS` are served as the distribution spec says.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/
 */
export const ecr: Provider = {
  ...distribution,
  type: 'ecr',
  account:
    'a role with ecr:GetAuthorizationToken, ecr:DescribeRepositories, ecr:DescribeImages, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer',

  base: baseOf,

  hosts(credentials) {
    const region = regionOf(credentials);
    if (!region) return [];
    const domains = region.startsWith('cn-') ? chineseDomains : usualDomains;
    return domains.flatMap((domain) => services.map((service) => `${service}.${region}.${domain}`));
  },

  authorizer(entrance) {
    const region = regionOf(entrance.configured);
    const isOther = entrance.base.host === 'public.ecr.aws' || entrance.configured.username === 'AWS';
    return isOther || !region ? undefined : new EcrEntrance(entrance, region);
  },

  async listRepositories(context, page, signal) {
    const { authorizer, base } = context.client;
    if (!(authorizer instanceof EcrEntrance)) return distribution.listRepositories(context, page, signal);
    const { DescribeRepositoriesCommand } = await import('@aws-sdk/client-ecr');
    const maxResults = Math.min(page.limit, maxPageSize);
    const readPage = async (nextToken: string) => {
      const input = { ...accountOf(base.host), maxResults, ...(nextToken && { nextToken }) };
      const answer = await authorizer.ask(
        (client, abortSignal) => client.send(new DescribeRepositoriesCommand(input), { abortSignal }),
        signal,
      );
      const entries = (answer.repositories ?? []).map(({ repositoryName: name = '' }) => ({ name }));
      return { ...keepValidNames(entries, RepositoryName), next: answer.nextToken };
    };
    return listPages(readPage, '', page);
  },

  async listTags(context, repositoryName, page, signal) {
    const { authorizer, base } = context.client;
    if (!(authorizer instanceof EcrEntrance)) {
      return distribution.listTags(context, repositoryName, page, signal);
    }
    const { DescribeImagesCommand } = await import('@aws-sdk/client-ecr');
    const maxResults = Math.min(page.limit, maxPageSize);
    const filter = { tagStatus: 'TAGGED' } as const;
    const readPage = async (nextToken: string) => {
      const input = {
        ...accountOf(base.host),
        repositoryName,
        filter,
        maxResults,
        ...(nextToken && { nextToken }),
      };
      const answer = await authorizer.ask(
        (client, abortSignal) => client.send(new DescribeImagesCommand(input), { abortSignal }),
        signal,
      );
      const images = answer.imageDetails ?? [];
      const tags = images.filter(isPullable).flatMap(({ imageTags, imageDigest, imagePushedAt }) =>
        (imageTags ?? []).map((name) => ({
          name,
          ...digestOf(imageDigest),
          ...pushTime(imagePushedAt?.getTime(), 'manifest'),
        })),
      );
      const { entries, warnings } = keepValidNames(tags, TagName);
      const archived = images.length - images.filter(isPullable).length;
      const note = `${archived} archived images of ${repositoryName} were left out: AWS lets nobody pull them.`;
      return { entries, warnings: [...warnings, ...(archived > 0 ? [note] : [])], next: answer.nextToken };
    };
    return listPages(readPage, '', page);
  },
};

/** AWS's own API, by its names for IPv4 and for both, with and without FIPS. Which of them is asked is for AWS's own settings. */
const services = ['api.ecr', 'api.ecr-fips', 'ecr', 'ecr-fips', 'sts', 'sts-fips'];
const usualDomains = ['amazonaws.com', 'api.aws'];
const chineseDomains = ['amazonaws.com.cn', 'api.amazonwebservices.com.cn'];

const privateHost = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+$/;

/** Archived images are listed and cannot be pulled. */
function isPullable({ imageStatus }: { readonly imageStatus?: string | undefined }): boolean {
  return imageStatus !== 'ARCHIVED';
}

/** The base as typed, or that of the role's own account. */
function baseOf({ registryBase, roleArn, extra }: RegistryCredentials): string | undefined {
  if (registryBase) return registryBase;
  const [, partition, account] = /^arn:(aws[a-z-]*):iam::(\d{12}):role\//.exec(roleArn ?? '') ?? [];
  if (!account || !extra?.region) return undefined;
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${account}.dkr.ecr.${extra.region}.${domain}`;
}

/** The region that the address names, or the configured one. */
function regionOf(credentials: RegistryCredentials): string | undefined {
  const host = splitBase(baseOf(credentials) ?? '')
    .address.replace(/^https:\/\//i, '')
    .toLowerCase();
  return privateHost.exec(host)?.[2] ?? credentials.extra?.region;
}

/** The account whose registry it is; nothing means that of the credentials. */
function accountOf(host: string): { registryId?: string } {
  const registryId = privateHost.exec(host)?.[1];
  return registryId === undefined ? {} : { registryId };
}
