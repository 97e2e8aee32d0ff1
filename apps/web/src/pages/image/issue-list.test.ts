import type { Issue } from '@plimsoll/contracts';
import { expect, it } from 'vitest';
import { fixWords } from './fix-words.ts';
import { selectIssues, sourcesOf } from './issue-list.ts';

type Coordinate = Issue['attributes']['coordinates'][number];

function issue(
  key: string,
  attributes: Partial<Issue['attributes']> = {},
  coordinate: Partial<Coordinate> = {},
): Issue {
  const id = '6f1c2f6e-0000-4000-8000-000000000001';
  return {
    id,
    type: 'issue',
    attributes: {
      key,
      title: `About ${key}`,
      type: 'package_vulnerability',
      status: 'open',
      ignored: false,
      effective_severity_level: 'medium',
      risk: { score: { value: 300, model: 'plimsoll-1' }, factors: [] },
      classes: [],
      confidence: 'high',
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      problems: [{ id: key, source: 'CVE' }],
      severities: [],
      coordinates: [
        {
          is_fixable_upstream: false,
          fix_state: 'no-fix',
          representations: [
            {
              dependency: {
                package_name: 'openssl',
                package_version: '3.0',
                purl: 'pkg:deb/debian/openssl@3.0',
              },
            },
          ],
          ...coordinate,
        },
      ],
      advisories: [],
      ...attributes,
    },
    relationships: {
      organization: { data: { id, type: 'org' } },
      scan_item: { data: { id, type: 'project' } },
    },
  };
}

const keys = (issues: readonly Issue[]) => issues.map(({ attributes }) => attributes.key);

it('puts the worst first: by severity, then score, then the newest id', () => {
  const rated = (score: number) => ({ severities: [{ source: 'NVD', level: 'medium' as const, score }] });
  const issues = [
    issue('CVE-2024-9'),
    issue('CVE-2024-10'),
    issue('CVE-2020-1', rated(5.5)),
    issue('CVE-2019-1', { effective_severity_level: 'critical' }),
    issue('CVE-2025-1', { effective_severity_level: 'unknown' }),
  ];

  expect(keys(selectIssues(issues, {}))).toEqual([
    'CVE-2019-1',
    'CVE-2020-1',
    'CVE-2024-10',
    'CVE-2024-9',
    'CVE-2025-1',
  ]);
});

it('puts what is to be dealt with first when asked, and keeps what is known to be exploited', () => {
  const risk = (value: number) => ({ risk: { score: { value, model: 'plimsoll-1' }, factors: [] } });
  const exploited = { known_exploited: { name: 'x', added_on: '2026-01-01', used_by_ransomware: false } };
  const issues = [
    issue('CVE-1', { effective_severity_level: 'critical', ...risk(400) }),
    issue('CVE-2', { ...risk(800), ...exploited }),
    issue('CVE-3', risk(400)),
  ];

  expect(keys(selectIssues(issues, { sort: 'priority' }))).toEqual(['CVE-2', 'CVE-1', 'CVE-3']);
  expect(keys(selectIssues(issues, { exploited: true }))).toEqual(['CVE-2']);
});

it('finds every word of a search in ids, aliases, package and title', () => {
  const issues = [
    issue('CVE-2024-1', { problems: [{ id: 'DSA-5764-1', source: 'Debian' }] }),
    issue('CVE-2024-2', { title: 'Overread in select' }),
  ];

  expect(keys(selectIssues(issues, { q: 'dsa-5764' }))).toEqual(['CVE-2024-1']);
  expect(keys(selectIssues(issues, { q: 'OVERREAD openssl' }))).toEqual(['CVE-2024-2']);
  expect(keys(selectIssues(issues, { q: 'overread nginx' }))).toEqual([]);
});

it('keeps the severities and the fixable ones that were asked for', () => {
  const issues = [
    issue('CVE-1', { effective_severity_level: 'high' }, { is_fixable_upstream: true, fixed_in: '3.1' }),
    issue('CVE-2', { effective_severity_level: 'high' }),
    issue('CVE-3', { effective_severity_level: 'low' }, { is_fixable_upstream: true, fixed_in: '3.1' }),
  ];

  expect(keys(selectIssues(issues, { severity: ['high'], fixable: true }))).toEqual(['CVE-1']);
});

it('says the version to go to, or why there is none', () => {
  expect(fixWords(issue('CVE-1', {}, { fixed_in: '3.1' }))).toEqual({ text: '3.1', isVersion: true });
  expect(fixWords(issue('CVE-1', {}, { fix_state: 'will-not-fix' }))).toEqual({
    text: 'Will not be fixed',
    isVersion: false,
  });
});

it('names each source once', () => {
  const advisories = [
    { id: 'DSA-1', source: 'Debian' },
    { id: 'DEBIAN-CVE-1', source: 'Debian' },
    { id: 'GHSA-1', source: 'GitHub' },
  ];

  expect(sourcesOf(issue('CVE-1', { advisories }))).toEqual(['Debian', 'GitHub']);
});
