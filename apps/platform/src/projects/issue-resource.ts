import { issueFixStates, type Issue } from '@plimsoll/contracts';
import { priorityFacts, priorityFactors, priorityModel, type Finding } from '@plimsoll/matching';
import { severityOf } from './issue-counts.ts';
import type { IssueFacts } from './issue-facts.ts';
import { makeIssueId } from './issue-id.ts';
import type { IssueOrigin } from './issue-origin.ts';
import type { IssueRow } from './issue-store.ts';

/** What advisories tell about a vulnerability beside what is stored with the finding. */
export type IssueText = {
  readonly description?: string | undefined;
  readonly references: readonly { readonly type: string; readonly url: string }[];
};

/** What is told only where one issue is shown. */
export type IssueDetail = {
  readonly text: IssueText;
  readonly origin: IssueOrigin;
  readonly affectedVersions: NonNullable<Coordinate['affected_versions']>;
};

type Coordinate = Issue['attributes']['coordinates'][number];

/** The issue as the API shows it. */
export function issueResource(row: IssueRow, facts: IssueFacts, more?: IssueDetail): Issue {
  // Written by our own findings module from this type.
  const detail = row.detail as Finding;
  const modified = detail.advisories.flatMap(({ modified: at }) => at ?? []).toSorted();
  const exploitation = { percentile: facts.epss?.percentile, isKnown: facts.exploited !== undefined };
  return {
    id: makeIssueId(row.number, row.finding_id),
    type: 'issue',
    attributes: {
      key: row.vulnerability,
      title: row.title,
      ...(more?.text.description !== undefined && { description: more.text.description }),
      type: 'package_vulnerability',
      status: 'open',
      ignored: facts.ignore !== undefined,
      ...(facts.ignore && { ignore: facts.ignore }),
      ...(facts.vex && { vex: facts.vex }),
      effective_severity_level: severityOf(row.severity),
      risk: {
        score: { value: row.priority, model: priorityModel },
        factors: priorityFactors(priorityFacts(detail, exploitation)),
      },
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      classes: (detail.cwes ?? []).map((id) => ({ id, source: 'CWE', type: 'weakness' })),
      ...exploitationOf(facts),
      confidence: detail.confidence,
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
      coordinates: [coordinateOf(row, detail, facts, more)],
      ...(row.hidden_reason !== null && {
        hidden_reason: row.hidden_reason === 'kernel' ? 'kernel' : 'negligible',
      }),
      ...(row.hidden_reason === null && row.is_suppressing && { hidden_reason: 'not-affected' as const }),
      advisories: detail.advisories.map(({ id, source, modified: at }) => ({
        id,
        source,
        ...(at !== undefined && { modified: at }),
      })),
      ...(more && { references: [...more.text.references] }),
      ...(detail.publishedAt !== undefined && { published_at: detail.publishedAt }),
      ...(modified.length > 0 && { modified_at: modified.at(-1) }),
    },
    relationships: {
      organization: { data: { id: row.org_id, type: 'org' } },
      scan_item: { data: { id: row.project_id, type: 'project' } },
    },
  };
}

function exploitationOf({
  epss,
  exploited,
}: IssueFacts): Pick<Issue['attributes'], 'epss' | 'known_exploited'> {
  return {
    ...(epss && {
      epss: {
        probability: epss.probability,
        percentile: epss.percentile,
        model: epss.model,
        scored_on: epss.scoredOn,
      },
    }),
    ...(exploited && {
      known_exploited: {
        name: exploited.name,
        added_on: exploited.addedOn,
        ...(exploited.dueOn !== undefined && { due_on: exploited.dueOn }),
        used_by_ransomware: exploited.usedByRansomware,
        ...(exploited.requiredAction !== undefined && { required_action: exploited.requiredAction }),
      },
    }),
  };
}

function coordinateOf(row: IssueRow, detail: Finding, facts: IssueFacts, more?: IssueDetail): Coordinate {
  return {
    is_fixable_upstream: row.fixed_in !== null,
    fix_state: issueFixStates.find((state) => state === row.fix_state) ?? 'no-fix',
    ...(row.fixed_in !== null && { fixed_in: row.fixed_in }),
    ...(detail.fixedInSource && { fixed_in_source: true }),
    ...(row.layer !== null &&
      row.layer >= 0 && {
        introduced_by: {
          layer_index: row.layer,
          ...(more?.origin.layer !== undefined && { layer: more.origin.layer }),
          ...(row.instruction && { instruction: row.instruction }),
          ...(facts.isInBase !== undefined && { in_base_image: facts.isInBase }),
        },
      }),
    ...(more && {
      affected_versions: more.affectedVersions,
      locations: more.origin.locations,
      dependency_paths: more.origin.dependencyPaths,
    }),
    representations: [
      { dependency: { package_name: row.name, package_version: row.version, purl: row.purl } },
    ],
  };
}
