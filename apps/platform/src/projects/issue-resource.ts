import { issueFixStates, type Issue } from '@plimsoll/contracts';
import type { Finding } from '@plimsoll/matching';
import { severityOf } from './issue-counts.ts';
import { makeIssueId } from './issue-id.ts';
import type { IssueRow } from './issue-store.ts';

/** What advisories tell about a vulnerability beside what is stored with the finding. */
export type IssueText = {
  readonly description?: string | undefined;
  readonly references: readonly { readonly type: string; readonly url: string }[];
};

/** The issue as the API shows it; the text only where one issue is shown. */
export function issueResource(row: IssueRow, text?: IssueText): Issue {
  // Written by our own findings module from this type.
  const detail = row.detail as Finding;
  return {
    id: makeIssueId(row.number, row.finding_id),
    type: 'issue',
    attributes: {
      key: row.vulnerability,
      title: row.title,
      ...(text?.description !== undefined && { description: text.description }),
      type: 'package_vulnerability',
      status: 'open',
      ignored: false,
      effective_severity_level: severityOf(row.severity),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      problems: detail.problems.map(({ id, source, url }) => ({
        id,
        source,
        ...(url !== undefined && { url }),
      })),
      severities: detail.ratings.map(({ source, level, score, vector, version }) => ({
        source,
        level,
        ...(score !== undefined && { score }),
        ...(vector !== undefined && { vector }),
        ...(version !== undefined && { version }),
      })),
      coordinates: [
        {
          is_fixable_upstream: row.fixed_in !== null,
          fix_state: issueFixStates.find((state) => state === row.fix_state) ?? 'no-fix',
          ...(row.fixed_in !== null && { fixed_in: row.fixed_in }),
          representations: [
            { dependency: { package_name: row.name, package_version: row.version, purl: row.purl } },
          ],
        },
      ],
      ...(row.hidden_reason !== null && {
        hidden_reason: row.hidden_reason === 'kernel' ? 'kernel' : 'negligible',
      }),
      advisories: detail.advisories.map(({ id, source, modified }) => ({
        id,
        source,
        ...(modified !== undefined && { modified }),
      })),
      ...(text && { references: [...text.references] }),
      ...(detail.publishedAt !== undefined && { published_at: detail.publishedAt }),
    },
    relationships: {
      organization: { data: { id: row.org_id, type: 'org' } },
      scan_item: { data: { id: row.project_id, type: 'project' } },
    },
  };
}
