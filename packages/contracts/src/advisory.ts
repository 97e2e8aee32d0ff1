/** What an OSV event says: versions from here on are affected, or not any more. */
export type AdvisoryEvent =
  | { readonly introduced: string }
  | { readonly fixed: string }
  | { readonly lastAffected: string };

export type AdvisoryRange = {
  readonly type: 'SEMVER' | 'ECOSYSTEM';
  readonly events: readonly AdvisoryEvent[];
};

/** A rating as the record gives it: a CVSS vector with the type of its standard, or a vendor's word. */
export type AdvisorySeverity = { readonly type: string; readonly score: string };

/** One package that an advisory speaks about, with the members of OSV that decide whether a version is affected. */
export type AdvisoryPackage = {
  /** With its release: `Debian:12`. */
  readonly ecosystem: string;
  /** As the record writes it. */
  readonly name: string;
  readonly ranges: readonly AdvisoryRange[];
  readonly versions: readonly string[];
  readonly severity: readonly AdvisorySeverity[];
  /** Debian's `ecosystem_specific.urgency`. */
  readonly urgency?: string;
  /** The vendor will not fix it in this release, or not soon. */
  readonly willNotFix?: true;
  /** The rpm module stream that it is about: `nodejs:18`. */
  readonly module?: string;
  /** Ubuntu's and SUSE's `ecosystem_specific.binaries`: binary package to its fixed version. */
  readonly binaries?: Readonly<Record<string, string>>;
};

/**
 * One advisory in the normal form that feeds yield and matching reads: the fields of the OSV schema
 * (ossf.github.io/osv-schema) that decide something, with absent lists empty. Instants are ISO 8601 in UTC.
 */
export type Advisory = {
  readonly id: string;
  readonly modified: string;
  readonly published?: string;
  readonly withdrawn?: string;
  readonly summary?: string;
  readonly aliases: readonly string[];
  readonly upstream: readonly string[];
  readonly related: readonly string[];
  readonly severity: readonly AdvisorySeverity[];
  /** `database_specific.severity`: LOW, MODERATE .. */
  readonly rating?: string;
  /** Kinds of weakness, `CWE-79`. */
  readonly cwes: readonly string[];
  readonly affected: readonly AdvisoryPackage[];
};
