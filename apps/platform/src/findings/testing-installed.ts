import type { PackageContext } from '@plimsoll/matching';

/** A package as an image of the ecosystem would hold it. */
export function installed(
  ecosystem: string,
  name: string,
  version: string,
  rest: Partial<PackageContext> = {},
): PackageContext {
  const [family = '', release = ''] = ecosystem.split(':');
  const [type, distro] = systems[family]?.(release) ?? [types[family] ?? family.toLowerCase(), ''];
  const none = { id: 1, arch: '', sourceName: '', sourceVersion: '', modularity: '', owned: false };
  return { ...none, purl: `pkg:${type}/${name}@${version}`, type, name, version, distro, ...rest };
}

/** Package type and distribution, by release as the ecosystem writes it. */
const systems: Readonly<Record<string, (release: string) => [type: string, distro: string]>> = {
  Debian: (release) => ['deb', `debian:${release}`],
  Ubuntu: (release) => ['deb', `ubuntu:${release}`],
  Alpine: (release) => ['apk', `alpine:${release.replace('v', '')}.0`],
  AlmaLinux: (release) => ['rpm', `almalinux:${release}.9`],
};

const types: Readonly<Record<string, string>> = {
  Go: 'golang',
  'crates.io': 'cargo',
  RubyGems: 'gem',
  Packagist: 'composer',
};
