import type { EpssScore, ExploitedVulnerability, FeedPart, Reading, VexDocument } from '@plimsoll/advisories';
import { replaceScores } from './epss-store.ts';
import { replaceExploited } from './exploited-store.ts';
import { countFault, type Counts, type ImportDeps } from './import-advisories.ts';
import { putVendorAdvisories } from './vendor-advisories.ts';
import { limitedTo } from './vex-trust.ts';
import { putVexDocument, removeOtherVex } from './vex-store.ts';

/**
 * Imports a file of what goes with advisories, in one transaction: EPSS scores and the catalogue of exploited
 * vulnerabilities replace what was stored of them, a VEX document its earlier version. Counts as it goes.
 */
export async function importEnrichment(
  { db, onChanged, now }: ImportDeps,
  { ecosystem, believed }: Pick<FeedPart, 'ecosystem'> & { readonly believed: readonly string[] | undefined },
  { items }: Pick<Reading, 'items'>,
  counts: Counts,
  signal?: AbortSignal,
): Promise<void> {
  const scores: EpssScore[] = [];
  const exploited: ExploitedVulnerability[] = [];
  let unbelieved = 0;
  const documents: { vex: VexDocument; document: Uint8Array }[] = [];
  const note = (at: string | undefined) => {
    const instant = at === undefined ? undefined : new Date(at);
    if (!instant || instant > now()) return;
    if (!counts.newestModified || instant > counts.newestModified) counts.newestModified = instant;
  };
  for await (const item of items) {
    signal?.throwIfAborted();
    if ('fault' in item) countFault(counts, item.fault);
    else if ('epss' in item) {
      if (scores.push(item.epss) === 1) note(item.epss.scoredOn);
    } else if ('exploited' in item) {
      exploited.push(item.exploited);
      note(item.exploited.addedOn);
    } else if ('vex' in item) {
      const { vex, leftOut } = believed ? limitedTo(believed, item.vex) : { vex: item.vex, leftOut: 0 };
      documents.push({ vex, document: item.document });
      unbelieved += leftOut;
      note(vex.issuedAt);
    }
  }
  const statements = documents.flatMap(({ vex }) => vex.statements);
  counts.advisories = scores.length + exploited.length + statements.length;
  // A file that breaks off somewhere must not empty what is known.
  if (unbelieved > 0) {
    countFault(counts, { name: ecosystem, reason: `it is not believed about ${unbelieved} of its products` });
  }
  if (counts.advisories === 0 && unbelieved === 0)
    throw new Error(`${ecosystem} holds nothing that could be read; what was known stays`);

  await db.transaction().execute(async (transaction) => {
    if (scores.length > 0) counts.changed += await replaceScores(transaction, scores);
    if (exploited.length > 0) counts.changed += await replaceExploited(transaction, exploited);
    const spokenOf = new Set<string>();
    const current: VexDocument[] = [];
    for (const { vex, document } of documents) {
      const put = await putVexDocument(transaction, { ...vex, name: ecosystem, document });
      if (!put.isOlder) {
        counts.changed += vex.statements.length;
        current.push(vex);
      }
      for (const id of put.vulnerabilities) spokenOf.add(id);
    }
    if (documents.length > 0) {
      const ids = documents.map(({ vex }) => vex.id);
      for (const id of await removeOtherVex(transaction, ecosystem, ids)) spokenOf.add(id);
    }
    // A file with an older version of a document says nothing new.
    const unfixed =
      documents.length > 0 && current.length === documents.length
        ? await putVendorAdvisories(transaction, ecosystem, current)
        : { keys: [], vulnerabilities: [], advisories: [] };
    const isExploitationNew = documents.length === 0 && counts.changed > 0;
    if (spokenOf.size > 0 || unfixed.keys.length > 0 || isExploitationNew) {
      const changes = { ...unfixed, spokenOf: [...spokenOf] };
      await onChanged({ ...changes, ...(isExploitationNew && { isExploitationNew }) }, transaction);
    }
  });
}
