/** Which systems have which package manager, in the words of the public list of project types. */
const systems: Readonly<Record<string, readonly string[]>> = {
  deb: ['debian', 'ubuntu'],
  apk: ['alpine', 'wolfi', 'chainguard'],
  rpm: ['rhel', 'centos', 'fedora', 'rocky', 'almalinux', 'amzn', 'ol', 'opensuse-leap', 'sles'],
};

/** The type of a project by the system of its image, `debian:12`; `linux` when that is none of those known. */
export function typeOf(distro: string | null): string {
  const id = distro?.split(':')[0] ?? '';
  return Object.keys(systems).find((type) => systems[type]?.includes(id)) ?? 'linux';
}

/** The systems of projects of these types; `others` when those of no known system belong to them. */
export function systemsOf(types: readonly string[]): { ids: string[]; others: boolean; known: string[] } {
  return {
    ids: types.flatMap((type) => systems[type] ?? []),
    others: types.includes('linux'),
    known: Object.values(systems).flat(),
  };
}
