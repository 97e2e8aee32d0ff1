import { json } from './answer.ts';
import type { ExtraRoutes } from './start-test-registry.ts';

/** What is not known for sure of Artifactory: whether this account may query. */
export type ArtifactoryVariant = { readonly refusal?: 403 };

/** Artifactory's query language, as far as it finds manifests, over one docker repository. */
export function artifactoryRoutes(
  user: { readonly username: string; readonly password: string },
  key: string,
  { refusal }: ArtifactoryVariant = {},
): ExtraRoutes {
  const expected = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
  return ({ method, url, headers, body }, { repositories }) => {
    if (url.pathname !== '/artifactory/api/search/aql') return undefined;
    if (method !== 'POST') return json(405, { errors: [{ status: 405 }] });
    if (headers.authorization !== expected || refusal) {
      return json(refusal ?? 401, { errors: [{ status: refusal ?? 401, message: 'Bad credentials' }] });
    }
    const [, criteria = '', offset = '', limit = ''] =
      /^items\.find\((\{.*\})\)\.include\(.*\)\.sort\(.*\)\.offset\((\d+)\)\.limit\((\d+)\)$/.exec(body) ??
      [];
    if (!criteria) return json(400, { errors: [{ status: 400, message: 'Failed to parse query' }] });
    const { repo, path } = JSON.parse(criteria) as { repo: string; path: { $match: string } };
    const prefix = path.$match.slice(0, -1);
    const files = [...repositories].flatMap(([repository, tags]) =>
      [...tags].map(([tag, { digest, pushedAt }]) => ({
        repo: key,
        path: `${repository}/${tag}`,
        name: 'manifest.json',
        created: '2024-01-02T03:04:05.678Z',
        modified: pushedAt,
        updated: '2024-05-05T05:05:05.555Z',
        sha256: digest.slice('sha256:'.length),
      })),
    );
    const found = files.filter((file) => file.repo === repo && file.path.startsWith(prefix));
    const platform = found[0] && { ...found[0], path: `${prefix}sha256:${'0'.repeat(64)}` };
    const all = [...found, ...(platform ? [platform] : [])];
    const results = all.slice(Number(offset), Number(offset) + Number(limit));
    return json(200, { results, range: { start_pos: Number(offset), total: results.length } });
  };
}
