import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../../e2e/support/programs.ts';

const statusFile = 'var/lib/dpkg/status';

/**
 * Puts Debian packages, with all they need that is not there yet, into a folder as dpkg would, maintainer scripts
 * aside: files, file lists and the status database. Needs neither root nor a chroot.
 * @param before status database of the layers below; the folder gets one that goes on from it
 * @returns the status database now
 */
export async function unpackDebs(root: string, packages: readonly string[], before: string): Promise<string> {
  const work = `${root}.apt`;
  await mkdir(join(work, 'archives/partial'), { recursive: true });
  await writeFile(join(work, 'status'), before);
  const settings = [
    'Debug::NoLocking=1',
    `Dir::State::status=${join(work, 'status')}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    'APT::Install-Recommends=0',
    'APT::Sandbox::User=',
  ];
  const options = settings.flatMap((setting) => ['-o', setting]);
  await runProgram('apt-get', ['-qq', '-y', ...options, 'install', '--download-only', ...packages]);

  const archives = (await readdir(join(work, 'archives'))).filter((name) => name.endsWith('.deb')).sort();
  await mkdir(join(root, 'var/lib/dpkg/info'), { recursive: true });
  let status = before;
  for (const name of archives) status += await unpackDeb(root, join(work, 'archives', name));
  await writeFile(join(root, statusFile), status);
  return status;
}

/** Unpacks one package; returns its record for the status database. */
async function unpackDeb(root: string, archive: string): Promise<string> {
  await runProgram('dpkg-deb', ['-x', archive, root]);
  const control = await runProgram('dpkg-deb', ['-f', archive]);
  const name = /^Package: (.+)$/m.exec(control)?.[1] ?? '';
  const isShared = /^Multi-Arch: same$/m.test(control);
  const architecture = /^Architecture: (.+)$/m.exec(control)?.[1] ?? '';
  const listed = await runProgram('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -t', 'sh', archive]);
  const paths = listed.split('\n').map((path) => path.replace(/^\./, '').replace(/\/$/, '') || '/.');
  const list = join(root, `var/lib/dpkg/info/${name}${isShared ? `:${architecture}` : ''}.list`);
  await writeFile(
    list,
    paths
      .slice(0, -1)
      .map((path) => `${path}\n`)
      .join(''),
  );
  return control.replace(/^(Package: .+)$/m, '$1\nStatus: install ok installed').trimEnd() + '\n\n';
}
