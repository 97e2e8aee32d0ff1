import type { PackageFact } from '../../layers/layer-facts.ts';
import { rpmFact } from './rpm-fact.ts';

/**
 * Reads the list of packages that distroless Azure Linux has in place of a database: one package a line, ten fields
 * between tabs, the ones used being name, version-release, vendor, architecture, epoch and source.
 */
export function readRpmManifest(file: Buffer): PackageFact[] {
  return file
    .toString('utf8')
    .split(/\r?\n/)
    .flatMap((line) => {
      const [name, versionRelease = '', , , vendor, , , arch, epoch, sourceRpm] = line.split('\t');
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
      return fact ? [fact] : [];
    });
}
