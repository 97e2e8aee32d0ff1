import type { IssueCounts, Project, SyncRun } from '@plimsoll/contracts';
import { wait } from '@plimsoll/runtime';
import type { PlatformClient } from './platform-client.ts';
import { StatusLine, table, visible } from './terminal.ts';

const pollMs = 500;

/** Shows a sync run until it is over: a line per image as soon as it is scanned. Answers with the run. */
export async function followSync(
  client: PlatformClient,
  orgId: string,
  integrationId: string,
  signal: AbortSignal,
): Promise<SyncRun | undefined> {
  const status = new StatusLine();
  const shown = new Set<string>();
  for (;;) {
    const run = await client.latestRun(orgId, integrationId);
    for (const project of await client.projects(orgId)) {
      const key = `${project.id} ${project.meta.image.scanned_at ?? project.meta.image.scan_status}`;
      if (shown.has(key) || !['scanned', 'failed'].includes(project.meta.image.scan_status)) continue;
      shown.add(key);
      status.print(`  ${imageLine(project)}`);
    }
    if (run?.attributes.finished_at !== undefined) {
      status.clear();
      return run;
    }
    if (run) status.show(progressOf(run));
    await wait(pollMs, signal);
  }
}

/** What all images come to, as a table: image, packages, issues by severity. */
export function imageTable(projects: readonly Project[]): string {
  const rows = projects.map((project) => {
    const { meta } = project;
    const counts = meta.latest_issue_counts;
    if (meta.image.scan_status !== 'scanned' || !counts) {
      return [
        project.attributes.name,
        '-',
        ...Array.from({ length: 6 }, () => ''),
        meta.image.scan_error ?? meta.image.scan_status,
      ];
    }
    return [
      project.attributes.name,
      meta.latest_dependency_total?.total ?? 0,
      counts.critical,
      counts.high,
      counts.medium,
      counts.low,
      counts.negligible,
      counts.unknown,
      '',
    ];
  });
  return table(
    ['IMAGE', 'PACKAGES', 'CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'NEGLIGIBLE', 'UNKNOWN', ''],
    rows,
    [1, 2, 3, 4, 5, 6, 7],
  );
}

function imageLine(project: Project): string {
  const { image, latest_issue_counts: counts, latest_dependency_total: total } = project.meta;
  const name = visible(project.attributes.name);
  if (image.scan_status === 'failed') return `✘ ${name}: ${visible(image.scan_error ?? 'the scan failed')}`;
  return `✔ ${name}: ${total?.total ?? 0} packages, ${counts ? issueSum(counts) : 0} issues`;
}

function issueSum(counts: IssueCounts): number {
  return counts.critical + counts.high + counts.medium + counts.low + counts.negligible + counts.unknown;
}

function progressOf({ attributes }: SyncRun): string {
  const { counts, status } = attributes;
  if (status === 'pending') return '  waiting for the sync to start';
  if (status === 'listing') return `  listing: ${counts.repositories} repositories, ${counts.tags} tags`;
  return `  scanning: ${counts.scans_finished + counts.scans_failed} of ${counts.scans_requested}`;
}
