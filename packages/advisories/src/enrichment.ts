import type { Advisory } from '@plimsoll/contracts';

/** How likely a vulnerability is to be exploited within 30 days, as FIRST computes it each day (first.org/epss). */
export type EpssScore = {
  readonly cve: string;
  /** 0 to 1. */
  readonly probability: number;
  /** Share of all CVEs with the same score or a lower one, 0 to 1. */
  readonly percentile: number;
  /** Scores of different models must not be compared. */
  readonly model: string;
  /** The day they are of, `2026-11-28`. */
  readonly scoredOn: string;
};

/** A vulnerability of CISA's catalogue of known exploited ones. Days are `2026-11-28`. */
export type ExploitedVulnerability = {
  readonly cve: string;
  readonly name: string;
  readonly addedOn: string;
  /** By when federal agencies of the USA must have acted. */
  readonly dueOn?: string;
  readonly usedByRansomware: boolean;
  readonly requiredAction?: string;
};

/** The four states that OpenVEX and CSAF share. */
export const vexStatuses = ['not_affected', 'affected', 'fixed', 'under_investigation'] as const;
export type VexStatus = (typeof vexStatuses)[number];

/** What a statement is about: a package, or a package inside a product. Both are purls as written. */
export type VexProduct = {
  readonly product: string;
  readonly component?: string;
  /** Versions of the component, else the product, as `vers` writes them; those of its purl when absent. */
  readonly versions?: string;
};

/** One statement of a VEX document: a vulnerability, the products it speaks about, and what holds for them. */
export type VexStatement = {
  /** The id as written, usually a CVE's. */
  readonly vulnerability: string;
  readonly aliases: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: VexStatus;
  /** `vulnerable_code_not_present` and the like (OpenVEX, "Status Justifications"). */
  readonly justification?: string;
  readonly impact?: string;
  readonly action?: string;
  readonly statedAt?: string;
};

export type VexDocument = {
  readonly id: string;
  readonly format: 'openvex' | 'csaf' | 'cyclonedx';
  readonly author: string;
  readonly version: string;
  readonly issuedAt?: string;
  readonly statements: readonly VexStatement[];
  /** What a distribution says in it about its packages that are affected and have no fix. */
  readonly advisories?: readonly { readonly advisory: Advisory; readonly document: Uint8Array }[];
};
