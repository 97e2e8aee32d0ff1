import { describe, expect, it } from 'vitest';
import { UsageError } from './command.ts';
import { readImageName } from './open-image.ts';

const nothingExists = () => false;

describe('the name of an image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;

  it.each([
    [
      'registry.example.com/team/app:1.0',
      { host: 'registry.example.com', repository: 'team/app', reference: '1.0' },
    ],
    ['localhost:5000/app', { host: 'localhost:5000', repository: 'app', reference: 'latest' }],
    ['http://10.0.0.7:5000/app:v2', { host: '10.0.0.7:5000', repository: 'app', reference: 'v2' }],
    [`ghcr.io/o/p@${digest}`, { host: 'ghcr.io', repository: 'o/p', reference: digest }],
  ])('%s is in a registry', (text, expected) => {
    expect(readImageName(text, nothingExists)).toEqual({ kind: 'registry', ...expected });
  });

  it.each([
    ['oci:out/layout:web', 'out/layout', 'web'],
    ['oci:out/layout:shop/web:1.0', 'out/layout', 'shop/web:1.0'],
    ['docker-archive:/tmp/app.tar', '/tmp/app.tar', undefined],
    ['oci:a:b', 'a:b', undefined],
    ['./app.tar', './app.tar', undefined],
    ['-', '-', undefined],
    ['docker-archive:-', '-', undefined],
    ['oci-archive:-:shop/web:1.0', '-', 'shop/web:1.0'],
  ])('%s is on disk', (text, path, reference) => {
    expect(readImageName(text, (asked) => asked === path)).toEqual({ kind: 'disk', path, reference });
  });

  it.each([
    'debian',
    'debian:12',
    'team/app',
    'registry.example.com/Team/App',
    'registry.example.com/a/../b',
    '',
  ])('refuses %j and shows what a name looks like', (text) => {
    expect(() => readImageName(text, nothingExists)).toThrow(UsageError);
  });
});
