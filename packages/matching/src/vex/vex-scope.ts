import { debianReleases } from '../distro.ts';
import type { PackageContext } from '../package-context.ts';
import { readPurl, writeName, type Purl } from './read-purl.ts';
import { isInVersRange, schemeOfType } from './vers-range.ts';

/** What a VEX statement is about: purls as written, and a range of versions (`vers:..`) of the package. */
export type VexAbout = {
  readonly product: string;
  /** Inside the product. */
  readonly component?: string | undefined;
  readonly versions?: string | undefined;
};

/** In which images a statement holds for a package; in every one when empty. */
export type VexScope = {
  readonly digest?: string;
  /** The whole path of a repository, without the registry. */
  readonly repository?: string;
  /** The end of the path of a repository. */
  readonly imageName?: string;
  readonly tag?: string;
  /** The statement is about certain versions, of the package or of the image. */
  readonly isVersioned: boolean;
};

/**
 * Whether a statement is about a package, and in which images. A purl without version is about every version, one
 * without a qualifier about whatever that is. Statements about a component of something that is no image are not
 * understood: what is inside what, of packages, is not known for sure.
 */
export function vexScope(about: VexAbout, pkg: PackageContext): VexScope | undefined {
  const product = readPurl(about.product);
  if (!product) return undefined;
  if (!imageTypes.has(product.type)) {
    if (about.component !== undefined || !covers(product, about.versions, pkg)) return undefined;
    return { isVersioned: isVersioned(product, about.versions) };
  }
  const image = imageOf(product);
  if (about.component === undefined) return image;
  const component = readPurl(about.component);
  if (!component || !covers(component, about.versions, pkg)) return undefined;
  return { ...image, isVersioned: image.isVersioned || isVersioned(component, about.versions) };
}

/** What a package may be called, as `purlName` writes it: by its own name, and by that of its source. */
export function purlNames(pkg: PackageContext): string[] {
  const purl = readPurl(pkg.purl);
  if (!purl) return [];
  const names = [purl.name, ...(pkg.sourceName === '' ? [] : [pkg.sourceName])];
  const namespaces = [purl.namespace, vendorOf(purl)];
  return [
    ...new Set(
      namespaces.flatMap((namespace) => names.map((name) => writeName({ ...purl, namespace }, name))),
    ),
  ];
}

const imageTypes: ReadonlySet<string> = new Set(['oci', 'docker']);

function isVersioned({ version }: Purl, range: string | undefined): boolean {
  return Boolean(version) || range !== undefined;
}

/** github.com/package-url/purl-spec, types `oci` (name, digest, `repository_url`, `tag`) and `docker`. */
function imageOf({ type, namespace, name, version, qualifiers }: Purl): VexScope {
  const url = qualifiers['repository_url'];
  const isDigest = /^[a-z0-9]+:[0-9a-f]{32,}$/i.test(version);
  const tag = qualifiers['tag'] ?? (type === 'docker' && !isDigest ? version : undefined);
  const place =
    type === 'oci' && url
      ? { repository: withoutHost(url) }
      : { imageName: [namespace, name].filter(Boolean).join('/') };
  return {
    // A digest says all there is to say about which image; names are different ones in mirrors.
    ...(isDigest ? { digest: version.toLowerCase() } : { ...place, ...(tag ? { tag } : {}) }),
    isVersioned: isDigest || Boolean(tag),
  };
}

/** `registry.example.com:5000/shop/web` is `shop/web`. */
function withoutHost(url: string): string {
  const [first = '', ...rest] = url.replace(/^https?:\/\//, '').split('/');
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : [first, ...rest].join('/');
}

function covers(named: Purl, range: string | undefined, pkg: PackageContext): boolean {
  const own = readPurl(pkg.purl);
  if (!own || named.type !== own.type || vendorOf(named) !== vendorOf(own)) return false;
  const isSource = sourceArch.has(named.qualifiers['arch'] ?? '');
  if (named.name !== (isSource ? pkg.sourceName || pkg.name : own.name)) return false;
  if (!hasQualifiers(named, own, pkg)) return false;
  const version = isSource ? pkg.sourceVersion || pkg.version : own.version;
  if (range !== undefined && !isInVersRange(range, version)) return false;
  return !named.version || isSameVersion(named.type, named.version, version);
}

function isSameVersion(type: string, a: string, b: string): boolean {
  const scheme = schemeOfType(type);
  if (a === b) return true;
  return scheme !== undefined && scheme.isReadable(a) && scheme.isReadable(b) && scheme.compare(a, b) === 0;
}

/** What these say is looked at on its own. */
const otherQualifiers: ReadonlySet<string> = new Set([
  'arch',
  'distro',
  'os_name',
  'os_version',
  'os_distro',
  'repository_url',
  'download_url',
  'vcs_url',
  'checksum',
  'file_name',
  'upstream',
]);

function hasQualifiers(named: Purl, own: Purl, pkg: PackageContext): boolean {
  const wanted = named.qualifiers;
  const arch = wanted['arch'];
  if (arch && !anyArch.has(arch) && pkg.arch && arch !== pkg.arch) return false;
  if (!isOfDistribution(wanted, own, pkg.distro)) return false;
  // Red Hat's way to name the module stream of a package.
  const module = wanted['rpmmod'];
  if (module && !`${pkg.modularity}:`.startsWith(`${module}:`)) return false;
  return Object.entries(wanted).every(([name, value]) => {
    const has = own.qualifiers[name];
    return otherQualifiers.has(name) || !has || has === value;
  });
}

/** The vendor of an rpm package, whom some name by his distribution. */
function vendorOf({ type, namespace }: Purl): string {
  return type === 'rpm' && Object.hasOwn(vendors, namespace) ? (vendors[namespace] ?? namespace) : namespace;
}

const vendors: Readonly<Record<string, string>> = {
  rhel: 'redhat',
  sles: 'suse',
  'opensuse-leap': 'opensuse',
};

const sourceArch: ReadonlySet<string> = new Set(['source', 'src']);
const anyArch: ReadonlySet<string> = new Set(['source', 'src', 'all', 'noarch', 'any']);

/** Distributions are written as `distro=debian-12`, `distro=bookworm`, or `os_name=debian` and `os_version=12`. */
function isOfDistribution(
  { distro, os_name: name, os_version: version }: Readonly<Record<string, string>>,
  own: Purl,
  installed: string,
): boolean {
  const [id = '', release = ''] = installed.split(':', 2);
  if (name && name !== id) return false;
  if (version && !isReleaseOf(version, release)) return false;
  if (!distro || distro === own.qualifiers['distro']) return true;
  const codename = Object.hasOwn(debianReleases, distro) ? debianReleases[distro] : undefined;
  if (codename !== undefined) return id === 'debian' && release === codename;
  const [, wantedId = distro, wantedRelease = ''] = /^([a-z]+)-(.+)$/i.exec(distro) ?? [];
  return wantedId === id && (wantedRelease === '' || isReleaseOf(wantedRelease, release));
}

/** `3.20` is said of `3.20.3`, too. */
function isReleaseOf(wanted: string, release: string): boolean {
  return release === wanted || release.startsWith(`${wanted}.`);
}
