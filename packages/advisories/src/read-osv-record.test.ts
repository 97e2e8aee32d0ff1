import { assert, jsonValue, property, uint8Array } from 'fast-check';
import { expect, it } from 'vitest';
import { readOsvRecord } from './read-osv-record.ts';

const read = (record: unknown) => readOsvRecord(Buffer.from(JSON.stringify(record)));
const least = { id: 'X-1', modified: '2026-01-01T00:00:00Z' };

it('reads what decides about versions and leaves out what it does not know', () => {
  const advisory = read({
    ...least,
    aliases: ['CVE-2026-1', 'X-1', 7],
    severity: [{ type: 'CVSS_V9', score: 'CVSS:9/A:B' }, 'high'],
    affected: [
      {
        package: { ecosystem: 'npm', name: 'x' },
        ranges: [
          { type: 'GIT', events: [{ introduced: '0' }] },
          {
            type: 'SEMVER',
            events: [{ introduced: '0' }, { fixed: '1.0.0' }, { limit: '2.0.0' }, { nonsense: 1 }],
          },
        ],
        versions: ['0.1.0', null],
      },
      { package: { name: 'without ecosystem' } },
    ],
  });

  expect(advisory).toEqual({
    id: 'X-1',
    cwes: [],
    modified: '2026-01-01T00:00:00.000Z',
    aliases: ['CVE-2026-1'],
    upstream: [],
    related: [],
    severity: [{ type: 'CVSS_V9', score: 'CVSS:9/A:B' }],
    affected: [
      {
        ecosystem: 'npm',
        name: 'x',
        ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '1.0.0' }] }],
        versions: ['0.1.0'],
        severity: [],
      },
    ],
  });
});

it('reads Ubuntu binaries in both of their forms', () => {
  const of = (binaries: unknown) =>
    read({
      ...least,
      affected: [{ package: { ecosystem: 'Ubuntu', name: 'x' }, ecosystem_specific: { binaries } }],
    }).affected[0]?.binaries;

  expect(of([{ binary_name: 'vim', binary_version: '2' }])).toEqual({ vim: '2' });
  expect(of([{ vim: '2', xxd: '2' }])).toEqual({ vim: '2', xxd: '2' });
});

it('keeps texts that a database can store', () => {
  expect(read({ ...least, summary: 'a\0b\ud800' }).summary).toBe('ab\ufffd');
});

it.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no id', '{"modified":"2026-01-01T00:00:00Z"}'],
  ['an id that is too long', JSON.stringify({ ...least, id: 'x'.repeat(300) })],
  ['no instant', '{"id":"X-1","modified":"yesterday"}'],
  ['an instant no database can hold', '{"id":"X-1","modified":"+012026-01-01T00:00:00Z"}'],
])('refuses a record with %s', (_, text) => {
  expect(() => readOsvRecord(Buffer.from(text))).toThrow(/./);
});

it('reads or refuses any JSON and any bytes', () => {
  const tried = (bytes: Uint8Array) => {
    try {
      return readOsvRecord(bytes).id;
    } catch (error) {
      return (error as Error).name;
    }
  };
  assert(
    property(jsonValue(), (value) => {
      expect(tried(Buffer.from(JSON.stringify({ ...least, affected: [value], aliases: value })))).toBe('X-1');
      expect(tried(Buffer.from(JSON.stringify({ ...least, affected: value, severity: [value] })))).toBe(
        'X-1',
      );
    }),
  );
  assert(
    property(uint8Array(), (bytes) => {
      expect(['SyntaxError', 'TypeError']).toContain(tried(bytes));
    }),
  );
});

it.each([
  [{ cwe_ids: ['CWE-79', 'CWE-79', 'cwe-20'] }, ['CWE-79', 'CWE-20']],
  [
    { cwes: [{ cweId: 'CWE-400', name: 'x' }, 'CWE-22: Path Traversal', { id: 'NVD-CWE-noinfo' }] },
    ['CWE-400', 'CWE-22'],
  ],
  [{ cwe_ids: 'CWE-1' }, []],
])('reads kinds of weakness from %j', (specific, expected) => {
  const record = { id: 'X-1', modified: '2026-01-01T00:00:00Z', database_specific: specific };

  expect(readOsvRecord(Buffer.from(JSON.stringify(record))).cwes).toEqual(expected);
});
