import type { OsRelease } from '@plimsoll/contracts';
import { PackageURL } from 'packageurl-js';
import type { PackageFact } from '../layers/layer-facts.ts';

/** The vendor of a package database in an image that does not name its operating system. */
const usualVendor: Readonly<Record<string, string>> = { deb: 'debian', apk: 'alpine', rpm: 'redhat' };

/** Whether packages of this type are made by a distribution, whose name is the purl's namespace. */
export function isSystemType(type: string): boolean {
  return Object.hasOwn(usualVendor, type);
}

/**
 * Writes the purl of a package (package-url/purl-spec). Packages of the operating system carry its id as namespace
 * and its release as qualifier, `distro=debian-12`. Undefined when no purl can be written.
 */
export function packagePurl(fact: PackageFact, os: OsRelease | null): string | undefined {
  const { type, name, version } = fact;
  try {
    const vendor = usualVendor[type];
    if (vendor === undefined) {
      // The group is what stands before the last separator: `@scope/name`, `group:artifact`.
      const separator = name.lastIndexOf(type === 'maven' ? ':' : '/');
      const namespace = separator < 0 ? undefined : name.slice(0, separator);
      const last = name.slice(separator + 1);
      const qualifiers = fact.sha1 === undefined ? undefined : { checksum: `sha1:${fact.sha1}` };
      return new PackageURL(type, namespace, last, version, qualifiers, undefined).toString();
    }
    // rpm has the epoch beside the version, all others in it.
    const [, epoch, rest] = (type === 'rpm' && /^(\d+):(.*)$/.exec(version)) || [];
    const qualifiers = {
      ...(fact.arch && { arch: fact.arch }),
      ...(epoch !== undefined && { epoch }),
      ...(fact.modularity !== undefined && { rpmmod: fact.modularity }),
      ...(os && { distro: os.versionId ? `${os.id}-${os.versionId}` : os.id }),
    };
    return new PackageURL(
      type,
      os?.id ?? fact.claimedVendor ?? vendor,
      name,
      rest ?? version,
      qualifiers,
      undefined,
    ).toString();
  } catch {
    return undefined;
  }
}
