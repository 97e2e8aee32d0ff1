import { IssuesDigest, ProjectSnapshotMessage, severities, type SeverityLevel } from '@plimsoll/contracts';
import { z } from 'zod';

/** What a channel is told: new issues, or only that it works. */
export const Message = z.discriminatedUnion('event', [
  IssuesDigest,
  ProjectSnapshotMessage,
  z.object({ event: z.literal('ping'), org: IssuesDigest.shape.org, url: z.string() }),
]);
export type Message = z.infer<typeof Message>;

/** What of a digest is at least as severe; undefined when that is nothing. */
export function atLeast(digest: IssuesDigest, minimum: SeverityLevel): IssuesDigest | undefined {
  const wanted = new Set<string>(severities.slice(0, severities.indexOf(minimum) + 1));
  const counts = Object.entries(digest.new_issues).filter(([severity]) => wanted.has(severity));
  if (counts.length === 0) return undefined;
  return {
    ...digest,
    new_issues: Object.fromEntries(counts),
    issues: digest.issues.filter((issue) => wanted.has(issue.effective_severity_level)),
  };
}

/** The counts of a digest in words, the worst first: `2 critical, 1 low`. */
export function countsOf({ new_issues: counts }: Pick<IssuesDigest, 'new_issues'>): string {
  return severities
    .flatMap((severity) => (counts[severity] ? `${counts[severity]} ${severity}` : []))
    .join(', ');
}

/** Issues that a person is told by name; the rest is a link away. */
const namedIssues = 10;

/** A message in words, for people. */
export type Words = {
  readonly subject: string;
  readonly summary: string;
  /** One line per issue. */
  readonly issues: readonly string[];
  readonly rest: string | undefined;
  readonly url: string;
};

export function wordsOf(message: Message): Words {
  if (message.event === 'ping') {
    return {
      subject: `Plimsoll can reach you for ${message.org.name}`,
      summary: `This is a test. New issues of ${message.org.name} will be told here.`,
      issues: [],
      rest: undefined,
      url: message.url,
    };
  }
  if (message.event === 'project_snapshot') return wordsOfSnapshot(message);
  const total = Object.values(message.new_issues).reduce((sum, count) => sum + count, 0);
  const named = message.issues.slice(0, namedIssues);
  const issues = total === 1 ? '1 new issue' : `${total} new issues`;
  return {
    subject: `${issues} in ${message.org.name}: ${countsOf(message)}`,
    summary: `${issues} (${countsOf(message)}) in ${placeOf(message)}.`,
    issues: named.map(lineOf),
    rest: total > named.length ? `.. and ${total - named.length} more.` : undefined,
    url: message.url,
  };
}

function wordsOfSnapshot({ project, newIssues, removedIssues }: ProjectSnapshotMessage): Words {
  const subject = `${project.name}: ${newIssues.length} new issues, ${removedIssues.length} are gone`;
  const issues = newIssues.slice(0, namedIssues).map(({ id, pkgName }) => `${id} (${pkgName})`);
  return { subject, summary: subject, issues, rest: undefined, url: project.browseUrl };
}

function placeOf({ cause, integration, projects }: IssuesDigest): string {
  const images = `${projects === 1 ? '1 image' : `${projects} images`}${integration ? ` of ${integration.name}` : ''}`;
  if (cause === 'sync') return `${images}, by its last sync`;
  return cause === 'advisories' ? `${images}, because advisories changed` : images;
}

function lineOf(issue: IssuesDigest['issues'][number]): string {
  const parts = [
    `${issue.effective_severity_level.toUpperCase()} ${issue.key}`,
    issue.title && issue.title !== issue.key ? `: ${issue.title}` : '',
    ` (${issue.packages.join(', ')}`,
    issue.fixed_in === undefined ? '' : `, fixed in ${issue.fixed_in}`,
    issue.known_exploited ? ', known to be exploited' : '',
    `) in ${issue.examples[0] ?? ''}`,
    issue.projects > 1 ? ` and ${issue.projects - 1} more` : '',
  ];
  return parts.join('');
}
