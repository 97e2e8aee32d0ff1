/** What tells where a package of an operating system came from. */
export type PackageOrigin = {
  readonly type: string;
  readonly version: string;
  /** dpkg's Origin, rpm's Vendor; undefined when its database does not tell. */
  readonly origin?: string | undefined;
};

/**
 * Whether a package of an operating system is surely not the distribution's, whose advisories then say nothing about it
 * (Docker's, PostgreSQL's, NodeSource's repositories, EPEL ..). What tells nothing counts as the distribution's.
 */
export function isThirdParty(distroId: string, { type, version, origin }: PackageOrigin): boolean {
  if (type === 'rpm') {
    const own = Object.hasOwn(vendors, distroId) ? vendors[distroId] : undefined;
    return own !== undefined && origin !== undefined && !own.test(origin);
  }
  if (type !== 'deb' || (distroId !== 'debian' && distroId !== 'ubuntu')) return false;
  if (origin !== undefined && !/^(?:debian|ubuntu)/i.test(origin)) return true;
  return foreignVersion.test(version);
}

/** The vendors that a distribution builds its own packages as. */
const vendors: Readonly<Record<string, RegExp>> = {
  almalinux: /alma/i,
  rocky: /rocky/i,
  rhel: /red hat/i,
  sles: /suse/i,
  'opensuse-leap': /suse/i,
  'opensuse-tumbleweed': /suse/i,
  openeuler: /openeuler/i,
  azurelinux: /microsoft/i,
  mariner: /microsoft/i,
  photon: /vmware|broadcom/i,
  mageia: /mageia/i,
};

/**
 * How repositories beside the distribution number their builds: deb.sury.org, apt.postgresql.org, NodeSource, Docker
 * (`5:24.0.7-1~debian.12~bookworm`), nginx.org (`1.25.3-1~bookworm`), deb-multimedia.
 */
const foreignVersion =
  /\+sury|\.pgdg\d|nodesource|~(?:debian|ubuntu)\.[\d.]+~[a-z]+$|-\d+~(?:bullseye|bookworm|trixie|focal|jammy|noble)$|\+?dmo\d/;
