/**
 * How closely a database knows the packages it speaks about; the lower wins where two disagree: a distribution's
 * record per CVE, a distribution's advisory, an ecosystem's own database, GitHub's, all others.
 */
export type Specificity = 0 | 1 | 2 | 3 | 4;

type AdvisoryDatabase = {
  readonly prefix: string;
  readonly name: string;
  readonly specificity: Specificity;
  /** Where a person reads more; the id follows. */
  readonly page?: string;
  /** It tells what is not fixed, so that whoever tells of a fix knows better. */
  readonly tellsUnfixed?: true;
};

/** The database that gave an id, by its prefix (OSV schema, "id"). */
export function databaseOf(id: string): AdvisoryDatabase {
  const database = databasesByFirstWord.get(firstWord(id));
  return database && id.startsWith(database.prefix) ? database : other;
}

/** Orders ids by how closely their database knows the package, then by the ids themselves. */
export function byCloseness(a: string, b: string): number {
  return databaseOf(a).specificity - databaseOf(b).specificity || (a < b ? -1 : 1);
}

/** Whether an id is of the CVE list. */
export function isCve(id: string): boolean {
  return id.startsWith('CVE-');
}

const other: AdvisoryDatabase = { prefix: '', name: 'other', specificity: 4 };

const debian = 'Debian Security Tracker';
const debianPage = 'https://security-tracker.debian.org/tracker/';
const ubuntu = 'Ubuntu Security';

/** No two prefixes have the same first word. */
const databases: readonly AdvisoryDatabase[] = [
  { prefix: 'CVE-', name: 'CVE', specificity: 4, page: 'https://www.cve.org/CVERecord?id=' },
  { prefix: 'DEBIAN-CVE-', name: debian, specificity: 0 },
  { prefix: 'DSA-', name: debian, specificity: 1, page: debianPage },
  { prefix: 'DLA-', name: debian, specificity: 1, page: debianPage },
  { prefix: 'DTSA-', name: debian, specificity: 1, page: debianPage },
  { prefix: 'ALPINE-', name: 'Alpine Linux', specificity: 0 },
  { prefix: 'UBUNTU-CVE-', name: ubuntu, specificity: 0 },
  { prefix: 'USN-', name: ubuntu, specificity: 1, page: 'https://ubuntu.com/security/notices/' },
  { prefix: 'LSN-', name: ubuntu, specificity: 1, page: 'https://ubuntu.com/security/notices/' },
  { prefix: 'ALSA-', name: 'AlmaLinux', specificity: 1 },
  { prefix: 'ALBA-', name: 'AlmaLinux', specificity: 1 },
  { prefix: 'ALEA-', name: 'AlmaLinux', specificity: 1 },
  { prefix: 'RLSA-', name: 'Rocky Linux', specificity: 1, page: 'https://errata.rockylinux.org/' },
  { prefix: 'RXSA-', name: 'Rocky Linux', specificity: 1, page: 'https://errata.rockylinux.org/' },
  { prefix: 'RHSA-', name: 'Red Hat', specificity: 1, page: 'https://access.redhat.com/errata/' },
  { prefix: 'RHBA-', name: 'Red Hat', specificity: 1, page: 'https://access.redhat.com/errata/' },
  { prefix: 'RHEA-', name: 'Red Hat', specificity: 1, page: 'https://access.redhat.com/errata/' },
  { prefix: 'REDHAT-CVE-', name: 'Red Hat', specificity: 1, tellsUnfixed: true },
  { prefix: 'SUSE-', name: 'SUSE', specificity: 1 },
  { prefix: 'openSUSE-', name: 'openSUSE', specificity: 1 },
  { prefix: 'CGA-', name: 'Chainguard', specificity: 1 },
  { prefix: 'MINI-', name: 'MinimOS', specificity: 1 },
  { prefix: 'MGASA-', name: 'Mageia', specificity: 1 },
  { prefix: 'OESA-', name: 'openEuler', specificity: 1 },
  { prefix: 'AZL-', name: 'Azure Linux', specificity: 1 },
  { prefix: 'PHSA-', name: 'Photon OS', specificity: 1 },
  { prefix: 'GO-', name: 'Go Vulnerability Database', specificity: 2, page: 'https://pkg.go.dev/vuln/' },
  { prefix: 'RUSTSEC-', name: 'RustSec', specificity: 2, page: 'https://rustsec.org/advisories/' },
  { prefix: 'PYSEC-', name: 'PyPA advisory database', specificity: 2 },
  { prefix: 'HSEC-', name: 'Haskell security advisories', specificity: 2 },
  { prefix: 'RSEC-', name: 'RConsortium advisory database', specificity: 2 },
  { prefix: 'BIT-', name: 'Bitnami', specificity: 2 },
  { prefix: 'DRUPAL-', name: 'Drupal', specificity: 2 },
  { prefix: 'x_FOP-', name: 'FriendsOfPHP', specificity: 2 },
  { prefix: 'x_NSWG-', name: 'Node.js Security WG', specificity: 4 },
  { prefix: 'x_RETIRE-', name: 'RetireJS', specificity: 4 },
  { prefix: 'MAL-', name: 'OpenSSF Malicious Packages', specificity: 2 },
  {
    prefix: 'GHSA-',
    name: 'GitHub Advisory Database',
    specificity: 3,
    page: 'https://github.com/advisories/',
  },
];

const databasesByFirstWord = new Map(databases.map((database) => [firstWord(database.prefix), database]));

function firstWord(id: string): string {
  return id.slice(0, Math.max(id.indexOf('-'), 0));
}

/** An id with the database it comes from and, if there is one, the page to read about it. */
export type Problem = { readonly id: string; readonly source: string; readonly url?: string };

/** Describes an id for people. */
export function problemOf(id: string): Problem {
  const { name, page } = databaseOf(id);
  return { id, source: name, ...(page ? { url: page + encodeURIComponent(id) } : {}) };
}
