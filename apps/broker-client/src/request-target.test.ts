import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { agentRoutes } from '@plimsoll/contracts';
import { allowList } from './allow-list.ts';
import { BrokerClientError } from './broker-client-error.ts';
import { readTarget } from './request-target.ts';

const find = allowList(Object.values(agentRoutes));

/** The rule that takes a request, or `blocked`. */
function ruleFor(method: string, target: string): string {
  try {
    return find(method, readTarget(target).path).path;
  } catch (error) {
    if (error instanceof BrokerClientError && error.code === 'blocked') return 'blocked';
    throw error;
  }
}

it.each([
  ['GET', '/list', '/list'],
  ['GET', '/list?cursor=//..%2f&limit=10', '/list'],
  ['GET', '/list/app', '/list/*'],
  ['GET', '/list/team/app_1.x--y', '/list/*'],
  ['GET', '/list-with-metadata/team%2Dx/app', '/list-with-metadata/*'],
  ['GET', '/get-state-identifier?repository=a/b&reference=v1', '/get-state-identifier'],
  ['POST', '/scan', '/scan'],
])('lets %s %s through', (method, target, rule) => {
  expect(ruleFor(method, target)).toBe(rule);
});

it.each([
  // Not on the list
  ['GET', '/'],
  ['GET', '/metrics'],
  ['DELETE', '/list'],
  ['get', '/list'],
  ['POST', '/list'],
  ['GET', '/scan'],
  ['GET', '/list*'],
  ['GET', '/LIST'],
  ['GET', '/listing'],
  ['GET', '/list/'],
  // Out of the list and back in
  ['GET', '/list/../metrics'],
  ['GET', '/list/..'],
  ['GET', '/list/./a'],
  ['GET', '/list/%2e%2e/metrics'],
  ['GET', '/list/.%2e/metrics'],
  ['GET', '/list/%2E%2E%2Fmetrics'],
  ['GET', '/list/..%2fmetrics'],
  ['GET', '/list/a%2f..%2f..%2fmetrics'],
  ['GET', '/list/%252e%252e/metrics'],
  ['GET', '/list/%25252e%25252e/metrics'],
  ['GET', '/metrics/../list'],
  // What one server reads differently from another
  ['GET', '//list'],
  ['GET', '/list//a'],
  ['GET', '/list\\..\\metrics'],
  ['GET', '/list/%5c..%5cmetrics'],
  ['GET', '/list;/../metrics'],
  ['GET', '/list/..;/metrics'],
  ['GET', '/list/%3b'],
  ['GET', '/list%00/a'],
  ['GET', '/list/\u0000'],
  ['GET', '/list/a\r\nx: y'],
  ['GET', '/list/%0d%0ax:%20y'],
  ['GET', '/list/%'],
  ['GET', '/list/%zz'],
  ['GET', '/list/%c0%ae%c0%ae/metrics'],
  ['GET', '/list/%u002e%u002e/metrics'],
  ['GET', '/list/\uff0e\uff0e/metrics'],
  ['GET', '/list#/metrics'],
  ['GET', '/list?a#b'],
  ['GET', '/list?a b'],
  ['GET', 'http://agent/list'],
  ['GET', '*'],
  ['GET', ''],
  ['GET', '?list'],
  ['GET', `/list/${'a'.repeat(10_000)}`],
])('blocks %s %j', (method, target) => {
  expect(ruleFor(method, target)).toBe('blocked');
});

const nasty = fc.constantFrom(
  '/',
  '//',
  '.',
  '..',
  '%',
  '%2e',
  '%2E',
  '%2f',
  '%5c',
  '%252f',
  '%00',
  ';',
  '\\',
  '?',
  '#',
  'list',
  'metrics',
  'a',
  ' ',
  '\u2024',
);
const targets = fc.oneof(
  fc.array(nasty, { maxLength: 12 }).map((parts) => `/${parts.join('')}`),
  fc.array(nasty, { maxLength: 12 }).map((parts) => `/list/${parts.join('')}`),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `/list/${text}`),
);

it('matches only paths that every server reads in the same way', () => {
  fc.assert(
    fc.property(targets, (target) => {
      const rule = ruleFor('GET', target);
      if (rule === 'blocked') return;
      const { path, query } = readTarget(target);
      // What an URL parser, a server that decodes once more, and one that resolves dots make of it is the same path.
      expect(new URL(`http://agent${path}${query}`).pathname).toBe(path);
      expect(decodeURIComponent(path)).toBe(path);
      expect(
        path
          .split('/')
          .slice(1)
          .every((segment) => /^[\w.~@:+-]+$/.test(segment) && !/^\.\.?$/.test(segment)),
      ).toBe(true);
      expect(rule.endsWith('/*') ? path.startsWith(rule.slice(0, -1)) : path === rule).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it('takes every path of repository names as it is', () => {
  const segment = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
      const path = `/list/${segments.join('/')}`;
      expect(readTarget(`${path}?limit=1`)).toEqual({ path, query: '?limit=1' });
    }),
  );
});
