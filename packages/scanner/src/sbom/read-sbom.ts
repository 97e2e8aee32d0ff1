import { PackageURL } from 'packageurl-js';
import { isWord } from '../analyzers/analyzer.ts';
import { list, parseJson, record } from '../analyzers/json.ts';
import type { PackageFact, SbomFacts } from '../layers/layer-facts.ts';
import { cycloneDxXmlComponents, isCycloneDxXml } from './read-cyclonedx-xml.ts';
import { isSpdxTags, spdxTagPackages } from './read-spdx-tags.ts';

/** Most packages taken from one document; the largest images have 10,000. */
const maxPackages = 50_000;

/** Most things of a document that are looked at: components nest, and not every one has a purl. */
const maxThings = 500_000;

/** Wrappers around a document: a bundle, an envelope, a statement, and one to spare. */
const maxWrappers = 4;

/** Types that name images, and what is described by them is the image itself. */
const imageTypes: ReadonlySet<string> = new Set(['oci', 'docker']);

/** Whose packages are of a distribution; their namespace is the vendor. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'apk', 'rpm']);

/** What an SBOM claims. */
export type SbomClaims = SbomFacts & {
  readonly packages: readonly PackageFact[];
  /** Whether there were more packages than are taken. */
  readonly isCut: boolean;
};

/** Bytes by which the form of a document is told: more than declarations and comments take before it. */
const headBytes = 4_096;

/**
 * Reads an SBOM: CycloneDX (ecma-424) in JSON or XML, SPDX 2 (spdx.github.io/spdx-spec/v2.3) in JSON or as tags and
 * values, SPDX 3 (JSON-LD); in JSON alone or as the predicate of an in-toto statement, in a DSSE envelope or a Sigstore
 * bundle. Signatures are seen, not verified. Undefined when the document is something else. Throws on what is none of
 * these forms.
 */
export function readSbom(bytes: Buffer): SbomClaims | undefined {
  const head = bytes.toString('utf8', 0, headBytes);
  if (isSpdxTags(head)) {
    return { format: 'spdx', trust: 'unsigned', ...claims(spdxTagPackages(bytes.toString('utf8'))) };
  }
  if (isCycloneDxXml(head)) {
    return {
      format: 'cyclonedx',
      trust: 'unsigned',
      ...claims(cycloneDxXmlComponents(bytes.toString('utf8'))),
    };
  }
  let document = parseJson(bytes);
  let isSigned = false;
  for (let wrappers = 0; wrappers < maxWrappers; wrappers += 1) {
    const { bomFormat, spdxVersion, '@graph': graph, ...rest } = record(document);
    const trust = isSigned ? ('unverified' as const) : ('unsigned' as const);
    if (bomFormat === 'CycloneDX') return { format: 'cyclonedx', trust, ...claims(components(rest)) };
    if (typeof spdxVersion === 'string') return { format: 'spdx', trust, ...claims(spdxPackages(rest)) };
    if (Array.isArray(graph)) return { format: 'spdx', trust, ...claims(graphPackages(graph)) };
    const { dsseEnvelope, payload, signatures, predicate } = rest;
    isSigned ||= list(signatures).length > 0;
    if (dsseEnvelope !== undefined) document = dsseEnvelope;
    else if (typeof payload === 'string') document = parseJson(Buffer.from(payload, 'base64'));
    else if (predicate !== undefined) document = predicate;
    else return undefined;
  }
  return undefined;
}

/** A purl, and the version that the document gives beside it. */
export type Claim = { readonly purl: unknown; readonly version: unknown };

function claims(found: Iterable<Claim>): { packages: PackageFact[]; isCut: boolean } {
  const packages = new Map<string, PackageFact>();
  let things = 0;
  for (const { purl, version } of found) {
    things += 1;
    const fact = typeof purl === 'string' ? claimedPackage(purl, version) : undefined;
    if (fact) packages.set(JSON.stringify(fact), fact);
    if (things >= maxThings || packages.size >= maxPackages)
      return { packages: [...packages.values()], isCut: true };
  }
  return { packages: [...packages.values()], isCut: false };
}

/** Components, also those inside others; with a list of our own, for a hostile document nests them without end. */
function* components(document: Record<string, unknown>): Generator<Claim> {
  const waiting = [...list(document['components'])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { purl, version, components: inner } = record(next);
    yield { purl, version };
    for (const one of list(inner)) waiting.push(one);
  }
}

function* spdxPackages(document: Record<string, unknown>): Generator<Claim> {
  for (const one of list(document['packages'])) {
    const { versionInfo: version, externalRefs } = record(one);
    for (const reference of list(externalRefs)) {
      const { referenceType, referenceLocator: purl } = record(reference);
      if (referenceType === 'purl') yield { purl, version };
    }
  }
}

function* graphPackages(graph: readonly unknown[]): Generator<Claim> {
  for (const one of graph) {
    const { software_packageUrl: purl, software_packageVersion: version } = record(one);
    yield { purl, version };
  }
}

/** The package that a purl names; undefined when it names none, or no version. */
function claimedPackage(text: string, besides: unknown): PackageFact | undefined {
  const purl = parsePurl(text);
  if (!purl || imageTypes.has(purl.type)) return undefined;
  const { type, namespace, name, qualifiers } = purl;
  const version = purl.version ?? besides;
  const isSystem = systemTypes.has(type);
  const separator = type === 'maven' ? ':' : '/';
  const fullName = namespace && !isSystem ? `${namespace}${separator}${name}` : name;
  if (!isWord(fullName) || !isWord(version)) return undefined;
  if (!isSystem) return { type, name: fullName, version, evidence: 'sbom' };
  const { epoch, arch, upstream } = qualifiers ?? {};
  const [sourceName, sourceVersion] = (upstream ?? '').split('@');
  const isEpoch = type === 'rpm' && /^[1-9]\d{0,8}$/.test(epoch ?? '');
  return {
    type,
    name: fullName,
    version: isEpoch ? `${epoch}:${version}` : version,
    ...(isWord(arch) && arch.length <= 64 && { arch }),
    ...(isWord(sourceName) && { sourceName }),
    ...(isWord(sourceVersion) && { sourceVersion }),
    ...(isWord(namespace) && { claimedVendor: namespace }),
    evidence: 'sbom',
  };
}

/** Longest purl that is read; an inventory takes no longer one. */
const maxPurlLength = 4_096;

function parsePurl(text: string): PackageURL | undefined {
  if (text.length > maxPurlLength) return undefined;
  try {
    const purl = PackageURL.fromString(text);
    return /^[a-z][a-z0-9.+-]{0,31}$/.test(purl.type) ? purl : undefined;
  } catch {
    return undefined;
  }
}
