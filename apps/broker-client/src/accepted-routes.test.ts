import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '@plimsoll/runtime';
import { acceptedRoutes, contractRoutes } from './accepted-routes.ts';
import { explainRequest } from './explain-request.ts';

const contractLimits = { request: 1024 * 1024, answer: 16 * 1024 * 1024 };
const rawLimits = { request: 2 * 1024 ** 3, answer: 2 * 1024 ** 3 };

const path = join(mkdtempSync(join(tmpdir(), 'plimsoll-')), 'accept.json');

function accept(content: unknown, ACCEPT_UNSAFE = false) {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return acceptedRoutes({ ACCEPT: path, ACCEPT_UNSAFE });
}

const list = { '//': 'tags', method: 'GET', path: '/list/*', origin: '${CR_AGENT_URL}' };

describe('an allow-list of one’s own', () => {
  it('is the contract as long as there is no file', () => {
    expect(acceptedRoutes({ ACCEPT_UNSAFE: false })).toBe(contractRoutes);
  });

  it('narrows what may pass', () => {
    const routes = accept({
      private: [{ ...list, method: 'get', path: '/list/team/*' }],
      public: [
        { method: 'POST', path: '/api/v2/*' },
        { method: 'POST', path: '/rest/scan/result' },
      ],
    });

    expect(routes).toEqual({
      inwards: [
        { method: 'GET', path: '/list/team/*', credentials: true, body: 'none', limits: contractLimits },
      ],
      outwards: [
        { method: 'POST', path: '/api/v2/import/result' },
        { method: 'POST', path: '/api/v2/import/done' },
      ],
    });
  });

  it.each([
    ['another path', { ...list, path: '/admin' }, /rule 1: GET \/admin lets through more/],
    ['everything', { ...list, path: '/*' }, /lets through more/],
    ['a listing and what else begins like it', { ...list, path: '/list*' }, /is no plain path/],
    ['another method', { ...list, method: 'DELETE' }, /DELETE \/list\/\* lets through more/],
    ['any method', { ...list, method: 'any' }, /ANY \/list\/\* lets through more/],
    ['another server', { ...list, origin: 'http://vault' }, /origin may only be/],
    ['a parameter', { ...list, path: '/list/:name' }, /private rule 1 path/],
    [
      'credentials of its own',
      { ...list, auth: { scheme: 'basic' } },
      /private rule 1 auth: is not supported/,
    ],
    ['a condition', { ...list, valid: [{ queryParam: 'a', values: ['b'] }] }, /valid/],
  ])('is refused when it names %s', (_name, rule, message) => {
    expect(() => accept({ private: [rule], public: [] })).toThrow(ConfigError);
    expect(() => accept({ private: [rule], public: [] })).toThrow(message);
  });

  it.each([
    ['no JSON', '{', 'is no JSON'],
    ['no rules', {}, 'private'],
  ])('is refused when it holds %s', (_name, content, message) => {
    expect(() => accept(content)).toThrow(message);
  });

  it('lets through more without credentials where that was asked for', () => {
    const routes = accept({ private: [{ method: 'GET', path: '/*' }, list], public: [] }, true);

    expect(routes.inwards).toEqual([
      { method: 'GET', path: '/list/*', credentials: true, body: 'none', limits: contractLimits },
      { method: 'GET', path: '/*', credentials: false, body: 'raw', limits: rawLimits },
    ]);
  });

  it('never fails in any other way, whatever the file holds', () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('GET', '/list/*', '/list', '/*', '${CR_AGENT_URL}'));
    const rules = fc.array(fc.record({ method: text, path: text, origin: text }, { requiredKeys: [] }));
    const content = fc.oneof(fc.string(), fc.json(), fc.record({ private: rules, public: rules }));
    const staysWithin = fc.property(content, (value) => {
      const outcome = outcomeOf(value);
      return outcome instanceof ConfigError || outcome.inwards.every(({ body }) => body !== 'raw');
    });

    expect(() => fc.assert(staysWithin, { numRuns: 200 })).not.toThrow();
  });
});

function outcomeOf(content: unknown) {
  try {
    return accept(content);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

describe('the explanation of a request', () => {
  it.each([
    ['GET /list/team/app', true, 'let through by the rule GET /list/*'],
    [
      'post /api/v2/import/done',
      true,
      'from the agent to the platform: let through by the rule POST /api/v2',
    ],
    ['DELETE /list/team/app', false, 'the path may be asked for with GET, not with DELETE'],
    ['GET /admin', false, 'no rule has the path /admin'],
    ['GET /list/../admin', false, 'the path holds a dot segment'],
    ['GET', false, 'the address does not begin with /'],
  ])('of %s', (asked, isAllowed, text) => {
    const explanation = explainRequest({}, asked);

    expect(explanation.isAllowed).toBe(isAllowed);
    expect(explanation.text).toContain(text);
  });
});
