import type { AdvisoryFeedStatus } from '@plimsoll/contracts';
import type { Finding, Upgrade } from '@plimsoll/matching';
import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import type { StoredInventory } from '../inventories/index.ts';
import type { IssueDetail, IssueText } from './issue-resource.ts';

/** What the projects module needs of the others. */
export type ProjectsDeps = {
  readonly db: Kysely<Database>;
  readonly now: () => Date;
  /** The address that people open, without a trailing slash. */
  readonly publicUrl: string;
  /** What is in an image; undefined when it is gone. */
  readonly readInventory: (imageId: number) => Promise<StoredInventory | undefined>;
  /** Notes that a person deleted the projects of these images. */
  readonly putTombstones: (
    db: Kysely<Database>,
    integrationId: string,
    images: readonly { readonly repository: string; readonly tag: string }[],
  ) => Promise<void>;
  /** Imports `repository:tag`, in the transaction. */
  readonly importByHand: (
    transaction: Kysely<Database>,
    orgId: string,
    integrationId: string,
    name: string,
  ) => Promise<{ readonly projectId: string }>;
  /** Description and references of a vulnerability, from the advisories that a finding names. */
  readonly describe: (advisoryIds: readonly string[]) => Promise<IssueText>;
  /** Which versions some advisories call affected, as far as they speak of a package. */
  readonly affectedBy: (
    packageId: number,
    advisoryIds: readonly string[],
  ) => Promise<IssueDetail['affectedVersions']>;
  /** Which packages of an image to upgrade so that the fewest of the findings that count are left. */
  readonly adviseUpgrades: (
    packageIds: readonly number[],
    troubled: ReadonlySet<number>,
    counts: (finding: Finding, pkg: { readonly name: string }) => boolean,
  ) => Promise<Upgrade[]>;
  /** What is known about vulnerabilities, per ecosystem. */
  readonly feedStatus: () => Promise<readonly AdvisoryFeedStatus[]>;
};
