import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

it.each([
  [
    'Bearer realm="https://h/t",service="s",scope="repository:a/b:pull,push"',
    [['bearer', { realm: 'https://h/t', service: 's', scope: 'repository:a/b:pull,push' }]],
  ],
  ['Bearer realm="https://h/token",service=h', [['bearer', { realm: 'https://h/token', service: 'h' }]]],
  [
    'Bearer realm="https://us-docker.pkg.dev/v2/token"',
    [['bearer', { realm: 'https://us-docker.pkg.dev/v2/token' }]],
  ],
  ['BASIC realm="Sonatype Nexus"', [['basic', { realm: 'Sonatype Nexus' }]]],
  [
    'Bearer realm="https://h/v2/token",service="x",scope="*",Basic realm="https://h/v2",service="x"',
    [
      ['bearer', { realm: 'https://h/v2/token', service: 'x', scope: '*' }],
      ['basic', { realm: 'https://h/v2', service: 'x' }],
    ],
  ],
  [
    ['Negotiate', 'Basic realm="r"'],
    [
      ['negotiate', {}],
      ['basic', { realm: 'r' }],
    ],
  ],
  [
    'Bearer Realm = "a \\"quoted\\" one" , error=insufficient_scope',
    [['bearer', { realm: 'a "quoted" one', error: 'insufficient_scope' }]],
  ],
  ['Bearer realm=https://h/t', [['bearer', { realm: 'https://h/t' }]]],
  ['Bearer realm="never closed', [['bearer', { realm: 'never closed' }]]],
  ['realm="nobody\'s", Basic realm="a", realm="b"', [['basic', { realm: 'a' }]]],
  ['', []],
  [undefined, []],
] as const)('reads %j', (header, expected) => {
  const found = parseChallenges(header).map(({ scheme, parameters }) => [scheme, { ...parameters }]);

  expect(found).toEqual(expected);
});

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const challenge = fc.record({
  scheme: token,
  parameters: fc.dictionary(token, fc.string({ unit: 'grapheme-ascii' }), { noNullPrototype: true }),
});

it('reads back whatever challenges a server writes', () => {
  const write = ({ scheme, parameters }: { scheme: string; parameters: Record<string, string> }) =>
    `${scheme} ${Object.entries(parameters)
      .map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`)
      .join(', ')}`;

  fc.assert(
    fc.property(fc.array(challenge), (challenges) => {
      const read = parseChallenges(challenges.map(write).join(', '));
      expect(read.map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } }))).toEqual(
        challenges,
      );
    }),
  );
});

it('takes any bytes without throwing', () => {
  const piece = fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'realm', 'é', '\0', '__proto__');
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 200 }), (pieces) => {
      expect(Array.isArray(parseChallenges(pieces.join('')))).toBe(true);
    }),
  );
});
