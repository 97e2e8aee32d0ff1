import { expect, it } from 'vitest';
import { choosePlatform, imagesOf, platformName } from './choose-platform.ts';

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const entry = (platform: string, digit: string) => ({ platform, digest: digest(digit) });
const amd64 = entry('linux/amd64', '1');
const arm64 = entry('linux/arm64/v8', '2');
const armv6 = entry('linux/arm/v6', '3');
const armv7 = entry('linux/arm/v7', '4');
const windows = entry('windows/amd64', '5');

it.each([
  ['linux/amd64', [arm64, amd64], amd64],
  ['linux/arm64', [amd64, arm64], arm64],
  ['linux/arm64/v8', [amd64, entry('linux/arm64', '2')], entry('linux/arm64', '2')],
  ['linux/arm/v7', [armv6, armv7], armv7],
  ['linux/arm/v5', [armv6, armv7], undefined],
  ['linux/amd64', [arm64], undefined],
  ['linux/amd64', [{ digest: digest('6') }], { digest: digest('6') }],
  [undefined, [arm64, windows, amd64], amd64],
  [undefined, [arm64], arm64],
  [undefined, [windows, arm64, armv7], arm64],
  [undefined, [windows], windows],
  [undefined, [], undefined],
] as const)('chooses for %s', (wanted, entries, expected) => {
  expect(choosePlatform(entries, wanted)).toEqual(expected);
});

it('leaves attestations and unreadable digests out', () => {
  const platform = { os: 'linux', architecture: 'amd64' };
  const unknown = { os: 'unknown', architecture: 'unknown' };
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
  const images = imagesOf({
    schemaVersion: 2,
    manifests: [
      { digest: digest('1'), size: 1, platform },
      { digest: digest('2'), size: 1, platform: unknown },
      { digest: digest('3'), size: 1, platform, annotations },
      { digest: `sha512:${'4'.repeat(128)}`, size: 1, platform },
      { digest: digest('5'), size: 1 },
    ],
  });

  expect(images).toEqual([{ platform: 'linux/amd64', digest: digest('1') }, { digest: digest('5') }]);
});

it.each([
  [{ os: 'linux', architecture: 'arm', variant: 'v7' }, 'linux/arm/v7'],
  [{ os: 'Linux', architecture: 'AMD64', variant: '' }, 'linux/amd64'],
  [{ os: 'linux' }, undefined],
  [{ os: 'linux', architecture: '../..' }, undefined],
  [null, undefined],
])('names the platform of %j', (fields, expected) => {
  expect(platformName(fields)).toBe(expected);
});
