import type { ProjectSnapshotMessage, SeverityLevel } from '@plimsoll/contracts';
import { severities } from '@plimsoll/contracts';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { ChangedIssue, ChangedProject } from '../projects/changed-issues.ts';
import { maxChanges } from '../projects/changed-issues.ts';
import { listProjects } from '../projects/project-store.ts';
import { severityOf } from '../projects/issue-counts.ts';
import { v1Projects } from '../projects/v1-project-resource.ts';

/** A message per project whose issues changed, in the shape of the older API. */
export async function snapshotsOf(
  deps: { readonly db: Kysely<Database>; readonly publicUrl: string },
  org: { readonly id: string; readonly name: string; readonly slug: string },
  changes: readonly ChangedProject[],
): Promise<ProjectSnapshotMessage[]> {
  if (changes.length === 0) return [];
  const ids = changes.map((change) => change.project_id);
  const page = await listProjects(deps.db, org.id, { ids }, { direction: 'forward' }, maxChanges.projects);
  const projects = await v1Projects({ ...deps, now: () => new Date() }, org.id, page.rows);
  const byId = new Map(projects.map((project) => [project.id, project]));
  return changes.flatMap((change) => {
    const project = byId.get(change.project_id);
    if (!project) return [];
    return {
      event: 'project_snapshot' as const,
      project,
      org: { ...org, url: deps.publicUrl },
      newIssues: change.new_issues.map(issueOf),
      removedIssues: change.removed_issues.map(issueOf),
    };
  });
}

/** What of a snapshot is at least as severe; undefined when that is nothing. */
export function snapshotAtLeast(
  message: ProjectSnapshotMessage,
  minimum: SeverityLevel,
): ProjectSnapshotMessage | undefined {
  const wanted = new Set(severities.slice(0, severities.indexOf(minimum) + 1));
  const newIssues = message.newIssues.filter(({ issueData }) => wanted.has(issueData.severity));
  const removedIssues = message.removedIssues.filter(({ issueData }) => wanted.has(issueData.severity));
  if (newIssues.length === 0 && removedIssues.length === 0) return undefined;
  return { ...message, newIssues, removedIssues };
}

function issueOf(issue: ChangedIssue): ProjectSnapshotMessage['newIssues'][number] {
  const fixedIn = issue.fixed_in === null ? [] : [issue.fixed_in];
  return {
    id: issue.key,
    issueType: 'vuln',
    pkgName: issue.package,
    pkgVersions: [...issue.versions],
    issueData: { id: issue.key, title: issue.title, severity: severityOf(issue.severity) },
    isPatched: false,
    isIgnored: false,
    fixInfo: { isFixable: fixedIn.length > 0, fixedIn },
    priority: { score: issue.priority },
  };
}
