import type { OsRelease } from '@plimsoll/contracts';
import type { Analyzer } from './analyzer.ts';

/** Names the operating system by os-release (freedesktop.org, os-release(5)). */
export const osRelease: Analyzer = {
  id: 'os-release',
  version: 1,
  kind: 'system',
  // The real ones have 20 lines.
  maxFileBytes: 64 * 1024,
  places: ['etc/os-release', 'usr/lib/os-release'],
  endings: ['/os-release'],
  wants: (path) => path === 'etc/os-release' || path === 'usr/lib/os-release',

  read(file) {
    const fields = readAssignments(file.bytes.toString('utf8'));
    // The specification's default for a file without ID is `linux`.
    const os: OsRelease = { id: bounded(fields.get('ID')) || 'linux' };
    const versionId = bounded(fields.get('VERSION_ID'));
    const codename = bounded(fields.get('VERSION_CODENAME'));
    const prettyName = fields.get('PRETTY_NAME')?.slice(0, 512);
    const idLike = bounded(fields.get('ID_LIKE'));
    return {
      os: {
        ...os,
        ...(versionId && { versionId }),
        ...(codename && { codename }),
        ...(prettyName && { prettyName }),
        ...(idLike && { idLike }),
      },
    };
  },
};

function readAssignments(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
    if (match) fields.set(match[1]!, unquoted(match[2]!));
  }
  return fields;
}

/** Shell quoting: in double quotes a backslash escapes, in single quotes nothing does. */
function unquoted(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1);
  if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) {
    return value.slice(1, -1).replace(/\\(["$`\\])/g, '$1');
  }
  return value;
}

function bounded(value: string | undefined): string | undefined {
  return value?.slice(0, 128);
}
