import type { PackageFact } from '../../layers/layer-facts.ts';
import { isWord } from '../analyzer.ts';

/** The fields of a package as rpm writes them. */
export type RpmFields = {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly release: string | undefined;
  readonly epoch: number | undefined;
  readonly arch: string | undefined;
  readonly sourceRpm: string | undefined;
  readonly vendor: string | undefined;
  readonly modularity: string | undefined;
};

/**
 * Makes a package of rpm's fields; undefined without a usable name, version and release, and for the keys that rpm
 * keeps as packages. An epoch of 0 is the same as none.
 */
export function rpmFact(fields: RpmFields): PackageFact | undefined {
  const { name, arch, vendor, modularity } = fields;
  const versionRelease = `${fields.version}-${fields.release}`;
  const isWhole = isWord(name) && isWord(fields.version) && isWord(fields.release) && isWord(versionRelease);
  if (!isWhole || name === 'gpg-pubkey') return undefined;
  // `name-version-release.src.rpm`, which tells no epoch; `.nosrc.rpm` when the sources are not free.
  const [, sourceName, sourceVersion] =
    /^(\S+)-([^\s-]+-[^\s-]+)\.(?:no)?src\.rpm$/.exec(fields.sourceRpm?.slice(0, 512) ?? '') ?? [];
  const isOwnSource = sourceName === name && sourceVersion === versionRelease;
  return {
    type: 'rpm',
    name,
    version: fields.epoch ? `${fields.epoch}:${versionRelease}` : versionRelease,
    ...(isWord(arch) && arch.length <= 64 && { arch }),
    ...(sourceName && sourceVersion && !isOwnSource && { sourceName, sourceVersion }),
    ...(vendor && vendor !== '(none)' && { origin: vendor.slice(0, 512) }),
    ...(isWord(modularity) && { modularity }),
    evidence: 'installed',
  };
}
