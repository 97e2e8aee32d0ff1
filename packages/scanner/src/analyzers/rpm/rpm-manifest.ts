import type { PackageFact } from '../../layers/layer-facts.ts';
import { textLines } from '../text-lines.ts';
import { rpmFact } from './rpm-fact.ts';

/** A line has 150 bytes: room for 50,000 packages. */
const maxBytes = 8 * 1024 * 1024;
const fields = 10;

/**
 * Reads the list of packages that distroless Azure Linux has in place of a database: one package a line, ten fields
 * between tabs, the ones used being name, version-release, vendor, architecture, epoch and source.
 */
export function readRpmManifest(file: Buffer): PackageFact[] {
  if (file.length > maxBytes) throw new Error('The manifest is larger than any');
  const packages: PackageFact[] = [];
  for (const line of textLines(file.toString('utf8'))) {
    const [name, versionRelease = '', , , vendor, , , arch, epoch, sourceRpm] = line.split('\t', fields);
    const dash = versionRelease.lastIndexOf('-');
    const fact = rpmFact({
      name,
      version: versionRelease.slice(0, Math.max(dash, 0)),
      release: versionRelease.slice(dash + 1),
      epoch: /^\d{1,9}$/.test(epoch ?? '') ? Number(epoch) : undefined,
      arch,
      sourceRpm,
      vendor,
      modularity: undefined,
    });
    if (fact) packages.push(fact);
  }
  return packages;
}
