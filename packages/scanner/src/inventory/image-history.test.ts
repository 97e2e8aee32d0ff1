import { expect, it } from 'vitest';
import { baseImage } from './base-image.ts';
import { readHistory } from './image-history.ts';

const history = [
  { created: '2026-01-01T00:00:00Z', created_by: 'ADD rootfs.tar /', comment: 'debuerreotype' },
  { created_by: 'ENV A=B', empty_layer: true },
  { created_by: 'RUN apt-get install curl', empty_layer: false },
];

it('matches the steps of the history to the layers that they made', () => {
  expect(readHistory({ history }, 2)).toEqual([
    { createdAt: '2026-01-01T00:00:00Z', createdBy: 'ADD rootfs.tar /', comment: 'debuerreotype', layer: 0 },
    { createdBy: 'ENV A=B' },
    { createdBy: 'RUN apt-get install curl', layer: 1 },
  ]);
});

it('says of no step that it made a layer where the history does not fit the layers', () => {
  expect(readHistory({ history }, 3).map(({ layer }) => layer)).toEqual([undefined, undefined, undefined]);
});

it.each([undefined, null, 7, {}, { history: null }, { history: 'x' }])(
  'bears a config that is %j',
  (config) => {
    expect(readHistory(config, 0)).toEqual([]);
  },
);

it('bears steps of any form', () => {
  const odd = [null, { created_by: 7, created: 'x'.repeat(100) }, { created_by: 'x'.repeat(10_000) }];

  expect(readHistory({ history: odd }, 3)).toEqual([
    { layer: 0 },
    { layer: 1 },
    { createdBy: 'x'.repeat(4_096), layer: 2 },
  ]);
});

it('takes the base image from annotations, else from labels', () => {
  const name = 'org.opencontainers.image.base.name';
  const digest = 'org.opencontainers.image.base.digest';
  const sha = `sha256:${'a'.repeat(64)}`;

  expect(baseImage({ [name]: 'debian:12', [digest]: sha }, { [name]: 'other' })).toEqual({
    name: 'debian:12',
    digest: sha,
  });
  expect(baseImage({}, { [name]: 'debian:12', [digest]: 'not a digest' })).toEqual({ name: 'debian:12' });
  expect(baseImage({ [digest]: 'not a digest' })).toBeUndefined();
});
