/**
 * Makes the id of an issue, a UUID of version 8 (RFC 9562, 5.8), of the two numbers an issue is made of: the number of
 * its project (32 bits, in the first 8 digits) and the id of its finding (64 bits: 16 in the second group, 48 in the
 * last). So an issue needs no row of its own and keeps its id for as long as its project and finding exist.
 */
export function makeIssueId(projectNumber: number, findingId: number): string {
  const finding = BigInt(findingId).toString(16).padStart(16, '0');
  const project = projectNumber.toString(16).padStart(8, '0');
  return `${project}-${finding.slice(0, 4)}-8000-8000-${finding.slice(4)}`;
}

/** Reads the id of an issue; undefined when it is none. */
export function readIssueId(id: string): { projectNumber: number; findingId: number } | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{4})-8000-8000-([0-9a-f]{12})$/i.exec(id);
  if (!match) return undefined;
  const [, project = '', high = '', low = ''] = match;
  const projectNumber = Number.parseInt(project, 16);
  const findingId = Number.parseInt(high + low, 16);
  // Larger ones were never made here: numbers of projects are integers of PostgreSQL, ids of findings safe ones of ours.
  if (projectNumber > 0x7fffffff || !Number.isSafeInteger(findingId)) return undefined;
  return { projectNumber, findingId };
}
