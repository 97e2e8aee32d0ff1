import { buildImage, type LayerFile } from '@plimsoll/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { LayerReaders } from '../layers/layer-readers.ts';
import { scanImage } from '../scan-image.ts';
import { sourceOf } from '../testing-image-source.ts';

const readers = new LayerReaders({ threads: 1 });
afterAll(() => readers.close());

describe('the operating system', () => {
  const osRelease = { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID="12"\n' };
  const file = (path: string, content: string): LayerFile => ({ path, content });
  const debianVersion = file('etc/debian_version', 'jessie/sid\n');
  const lsbRelease = file('etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n');
  const named = async (...files: LayerFile[]) => {
    const image = await buildImage({ layers: [{ files }] });
    return (await scanImage(sourceOf(image), { readers }, new AbortController().signal)).os;
  };

  it('is what the most telling of its release files says', async () => {
    expect(await named(debianVersion, lsbRelease)).toEqual({ id: 'ubuntu', versionId: '14.04' });
    expect(await named(debianVersion, lsbRelease, osRelease)).toMatchObject({
      id: 'debian',
      versionId: '12',
    });
  });

  it('is unknown in an image from scratch', async () => {
    expect(await named(file('app/main', 'x'))).toBeNull();
  });

  it('names the repositories of the vendor that the image was built from, once each', async () => {
    const manifest = (...sets: string[]) => JSON.stringify({ content_sets: sets });
    const folder = 'root/buildinfo/content_manifests';

    const os = await named(
      file('etc/redhat-release', 'Red Hat Enterprise Linux release 9.4 (Plow)\n'),
      file(`${folder}/base.json`, manifest('rhel-9-for-x86_64-baseos-rpms')),
      file(
        `${folder}/app.json`,
        manifest('rhel-9-for-x86_64-baseos-rpms', 'rhel-9-for-x86_64-appstream-rpms'),
      ),
    );

    expect(os?.contentSets).toEqual(['rhel-9-for-x86_64-appstream-rpms', 'rhel-9-for-x86_64-baseos-rpms']);
  });
});
