import type { FileFacts } from '../layers/layer-facts.ts';
import type { Analyzer } from './analyzer.ts';
import { readAssignments } from './os/assignments.ts';
import { PackageList } from './package-list.ts';

/** Reads runtimes that tell their version in a file of their own: JDKs in `release` (JEP 223), Erlang in `OTP_VERSION`. */
export const runtimes: Analyzer = {
  id: 'runtimes',
  version: 1,
  kind: 'application',
  // The release file of a JDK lists its 70 modules.
  maxFileBytes: 64 * 1024,
  places: [],
  endings: ['/release', '/OTP_VERSION'],
  wants: (path) => path.endsWith('/release') || /(?:^|\/)releases\/\d+\/OTP_VERSION$/.test(path),

  read(file): FileFacts {
    const text = file.bytes.toString('utf8');
    const packages = new PackageList('generic', 'installed');
    if (file.path.endsWith('/OTP_VERSION'))
      packages.add('erlang', /^\d+(?:\.\d+)*(?:-rc\d+)?/.exec(text)?.[0]);
    // Other programs have files of this name too.
    else packages.add('openjdk', readAssignments(text).get('JAVA_VERSION'));
    return packages.packages.length > 0 ? { packages: packages.packages } : {};
  },
};
