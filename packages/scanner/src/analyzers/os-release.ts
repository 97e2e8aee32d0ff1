import type { OsRelease } from '@plimsoll/contracts';
import type { FileFacts } from '../layers/layer-facts.ts';
import type { Analyzer } from './analyzer.ts';
import { readAssignments } from './os/assignments.ts';
import { olderReleaseFiles } from './os/older-release-files.ts';

const osReleases = ['etc/os-release', 'usr/lib/os-release'];

/** Files that name the operating system; the first of them that does is believed. */
export const releaseFiles: readonly string[] = [...osReleases, ...olderReleaseFiles.keys()];
const wanted = new Set(releaseFiles);

/** Names the operating system by os-release (freedesktop.org, os-release(5)), or by the files that were before it. */
export const osRelease: Analyzer = {
  id: 'os-release',
  version: 2,
  kind: 'system',
  // The real ones have 20 lines.
  maxFileBytes: 64 * 1024,
  places: releaseFiles,
  endings: releaseFiles.map((path) => path.slice(path.lastIndexOf('/'))),
  wants: (path) => wanted.has(path),

  read(file) {
    const text = file.bytes.toString('utf8');
    if (osReleases.includes(file.path)) return readOsRelease(text);
    const os = olderReleaseFiles.get(file.path)!(text);
    return os ? { os } : {};
  },
};

function readOsRelease(text: string): FileFacts {
  const fields = readAssignments(text);
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
}

function bounded(value: string | undefined): string | undefined {
  return value?.slice(0, 128);
}
