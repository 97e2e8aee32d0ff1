import type { OsRelease } from '@plimsoll/contracts';
import { readAssignments } from './assignments.ts';

/** Reads one file from the time before os-release; undefined when it is not what it should be. */
export type ReleaseReader = (text: string) => OsRelease | undefined;

/** `Name release 6.10 (Codename)`, by how the name begins; what comes first is more particular. */
const redHatFamily: readonly (readonly [name: RegExp, id: string])[] = [
  [/^red hat enterprise linux|^red hat linux/i, 'rhel'],
  [/^centos/i, 'centos'],
  [/^fedora/i, 'fedora'],
  [/^oracle linux|^enterprise linux enterprise linux/i, 'ol'],
  [/^almalinux/i, 'almalinux'],
  [/^rocky linux/i, 'rocky'],
  [/^scientific linux/i, 'scientific'],
  [/^amazon linux/i, 'amzn'],
  [/^(?:vmware )?photon/i, 'photon'],
  [/^cbl-mariner/i, 'mariner'],
  [/^(?:microsoft )?azure linux/i, 'azurelinux'],
];

/**
 * By path, the files that tell a release where no os-release does, the more telling ones first. `redhat-release` is in
 * all children of Red Hat, mostly a link to their own.
 */
export const olderReleaseFiles: ReadonlyMap<string, ReleaseReader> = new Map([
  ['etc/lsb-release', readLsbRelease],
  ['etc/alpine-release', (text) => numbered('alpine', text)],
  ['etc/oracle-release', readRedHatRelease],
  ['etc/centos-release', readRedHatRelease],
  ['etc/fedora-release', readRedHatRelease],
  ['etc/almalinux-release', readRedHatRelease],
  ['etc/rocky-release', readRedHatRelease],
  ['etc/mariner-release', readRedHatRelease],
  ['etc/azurelinux-release', readRedHatRelease],
  ['etc/photon-release', readRedHatRelease],
  ['etc/system-release', readRedHatRelease],
  ['etc/redhat-release', readRedHatRelease],
  ['etc/SuSE-release', readSuseRelease],
  // Last: the children of Debian have it too.
  ['etc/debian_version', readDebianVersion],
]);

/** LSB's `DISTRIB_ID=Ubuntu` and what belongs to it (refspecs.linuxfoundation.org, lsb_release). */
function readLsbRelease(text: string): OsRelease | undefined {
  const fields = readAssignments(text);
  const id = fields.get('DISTRIB_ID')?.toLowerCase().replace(/\s+/g, '-');
  // Photon writes its name in full.
  if (!id || !/^[\w.-]{1,64}$/.test(id)) return undefined;
  return release(id.startsWith('vmware-photon') ? 'photon' : id, {
    versionId: fields.get('DISTRIB_RELEASE'),
    codename: fields.get('DISTRIB_CODENAME'),
    prettyName: fields.get('DISTRIB_DESCRIPTION'),
  });
}

function readRedHatRelease(text: string): OsRelease | undefined {
  const line = firstLine(text);
  const id = redHatFamily.find(([name]) => name.test(line))?.[1];
  if (id === undefined) return undefined;
  const [, versionId] = /\s(\d+(?:\.\d+)*)/.exec(line) ?? [];
  return release(id, { versionId, prettyName: line });
}

/** `SUSE Linux Enterprise Server 11 (x86_64)`, then `VERSION = 11` and `PATCHLEVEL = 4`. */
function readSuseRelease(text: string): OsRelease | undefined {
  const line = firstLine(text);
  const id = /^opensuse/i.test(line) ? 'opensuse' : /^suse linux enterprise/i.test(line) ? 'sles' : undefined;
  if (id === undefined) return undefined;
  const [, version] = /^VERSION = (\d+(?:\.\d+)?)/m.exec(text) ?? [];
  const [, pack] = /^PATCHLEVEL = (\d+)/m.exec(text) ?? [];
  const versionId = version && pack && pack !== '0' ? `${version}.${pack}` : version;
  return release(id, { versionId, prettyName: line });
}

/** `12.4`, or `trixie/sid` before a release. */
function readDebianVersion(text: string): OsRelease | undefined {
  const line = firstLine(text);
  if (/^\d/.test(line)) return numbered('debian', line);
  const [, codename] = /^([a-z]+)\/sid$/.exec(line) ?? [];
  return codename ? release('debian', { codename }) : undefined;
}

function numbered(id: string, text: string): OsRelease | undefined {
  const [, versionId] = /^(\d[\w.-]*)/.exec(firstLine(text)) ?? [];
  return versionId ? release(id, { versionId }) : undefined;
}

function firstLine(text: string): string {
  return text.slice(0, 512).split('\n', 1)[0]!.trim();
}

function release(
  id: string,
  facts: { versionId?: string | undefined; codename?: string | undefined; prettyName?: string | undefined },
): OsRelease {
  const { versionId, codename, prettyName } = facts;
  return {
    id,
    ...(versionId && { versionId: versionId.slice(0, 128) }),
    ...(codename && { codename: codename.slice(0, 128) }),
    ...(prettyName && { prettyName: prettyName.slice(0, 512) }),
  };
}
