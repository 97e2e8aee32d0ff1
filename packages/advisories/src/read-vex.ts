import { AdvisoriesError } from './advisories-error.ts';
import type { VexDocument } from './enrichment.ts';
import type { Fault } from './feed.ts';
import { feeds } from './feeds/index.ts';

/**
 * Reads a VEX document that somebody hands over: OpenVEX, CycloneDX or CSAF, in JSON.
 * @returns the document, and the statements that could not be read.
 * @throws {AdvisoriesError} `invalid` when it is none.
 */
export async function readVexDocument(
  name: string,
  bytes: Buffer,
): Promise<{ vex: VexDocument; faults: Fault[] }> {
  const file = { name, bytes, path: name, head: bytes.toString('utf8'), isGzip: false };
  const feed = feeds.find((one) => one.kind === 'vex' && one.recognizes(file));
  if (!feed)
    throw new AdvisoriesError('invalid', `${name} is no OpenVEX, CycloneDX or CSAF document in JSON`);
  const faults: Fault[] = [];
  let vex: VexDocument | undefined;
  for await (const item of feed.read(file)) {
    if ('fault' in item) faults.push(item.fault);
    else if ('vex' in item) vex = item.vex;
  }
  if (!vex || vex.statements.length === 0) {
    const [first] = faults;
    throw new AdvisoriesError(
      'invalid',
      `${name} makes no statement that could be read${first ? `: ${first.name}: ${first.reason}` : ''}`,
    );
  }
  return { vex, faults };
}
