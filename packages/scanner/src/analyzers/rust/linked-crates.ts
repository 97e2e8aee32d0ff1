import type { PackageFact } from '../../layers/layer-facts.ts';
import { list, parseJson, record } from '../json.ts';
import { PackageList } from '../package-list.ts';

/**
 * Lists the crates of audit data that come from a registry, and the program's own. Crates that only built the program
 * are not in it; those from git or a path have no release.
 */
export function linkedCrates(auditData: Buffer): readonly PackageFact[] {
  const crates = new PackageList('cargo', 'binary');
  let document: unknown;
  try {
    document = parseJson(auditData);
  } catch {
    return [];
  }
  for (const entry of list(record(document)['packages'])) {
    const { name, version, source, kind, root } = record(entry);
    const isReleased = source === 'crates.io' || source === 'registry' || root === true;
    if (isReleased && kind !== 'build') crates.add(name, version);
  }
  return crates.packages;
}
