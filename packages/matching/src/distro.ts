import type { OsRelease } from '@plimsoll/contracts';

/**
 * Names the distribution and release of an image as packages and images are stored with: `debian:12`,
 * `alpine:3.20.3`. Without a release it is the id alone (`debian`), without an operating system it is empty.
 */
export function distroOf(os: OsRelease | null): string {
  if (!os?.id) return '';
  const id = os.id.toLowerCase();
  const named = id === 'openeuler' ? openEulerRelease(os) : undefined;
  const release = named ?? (os.versionId || (id === 'debian' && debianRelease(os)) || '');
  return release ? `${id}:${release}` : id;
}

/** Debian testing and unstable carry no VERSION_ID; a codename that became a release still tells which. */
export const debianReleases: Readonly<Record<string, string>> = {
  stretch: '9',
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
};

/** VERSION_ID leaves out the service pack, which has advisories of its own: `openEuler 22.03 (LTS-SP3)`. */
function openEulerRelease({ prettyName }: OsRelease): string | undefined {
  const [, release, pack] = /(\d+\.\d+) \(([\w-]+)\)/.exec(prettyName ?? '') ?? [];
  return release && `${release}-${pack}`;
}

function debianRelease({ codename, prettyName }: OsRelease): string | undefined {
  const named = codename?.toLowerCase() ?? /\b([a-z]+)\/sid\b/.exec(prettyName ?? '')?.[1];
  return named && Object.hasOwn(debianReleases, named) ? debianReleases[named] : undefined;
}
