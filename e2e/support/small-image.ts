import { buildImage, type BuiltImage } from '@plimsoll/testkit';

/** An Alpine image with one package: the least that a scan finds something in. */
export function smallImage(): Promise<BuiltImage> {
  return buildImage({
    layers: [
      {
        files: [
          { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20.3\n' },
          { path: 'lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r0\nA:x86_64\no:musl\n\n' },
        ],
      },
    ],
  });
}
