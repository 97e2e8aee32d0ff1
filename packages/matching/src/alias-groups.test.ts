import { expect, it } from 'vitest';
import { aliasGroups, groupOf } from './alias-groups.ts';

it('joins symmetric and transitive aliases under the CVE', () => {
  const groups = aliasGroups([
    { id: 'GHSA-aaaa', aliases: ['CVE-2024-1'] },
    { id: 'PYSEC-2024-1', aliases: ['GHSA-aaaa'] },
    { id: 'CVE-2024-1', aliases: ['GHSA-aaaa'] },
  ]);

  expect(groups).toEqual([{ canonical: 'CVE-2024-1', ids: ['CVE-2024-1', 'GHSA-aaaa', 'PYSEC-2024-1'] }]);
});

it('does not join two CVEs through a third id', () => {
  const groups = aliasGroups([
    { id: 'GHSA-aaaa', aliases: ['CVE-2024-1'] },
    { id: 'GHSA-bbbb', aliases: ['CVE-2024-2', 'GHSA-aaaa'] },
  ]);

  expect(groups.map(({ ids }) => ids)).toEqual([
    ['CVE-2024-1', 'GHSA-aaaa'],
    ['CVE-2024-2', 'GHSA-bbbb'],
  ]);
});

it('joins two CVEs when one record lists both, under an id that is not one of them', () => {
  const [group] = aliasGroups([{ id: 'GHSA-aaaa', aliases: ['CVE-2024-1', 'CVE-2024-2'] }]);

  expect(group).toEqual({ canonical: 'GHSA-aaaa', ids: ['GHSA-aaaa', 'CVE-2024-1', 'CVE-2024-2'] });
});

it('does not depend on the order of the records', () => {
  const records = [
    { id: 'GHSA-aaaa', aliases: ['CVE-2024-1'] },
    { id: 'GHSA-bbbb', aliases: ['CVE-2024-2', 'GHSA-aaaa'] },
    { id: 'GO-2024-1', aliases: ['GHSA-bbbb'] },
  ];
  const sorted = (groups: readonly { ids: readonly string[] }[]) =>
    groups.map(({ ids }) => ids.join()).sort();

  expect(sorted(aliasGroups(records.toReversed()))).toEqual(sorted(aliasGroups(records)));
});

it.each([
  [['GO-2024-1', 'GHSA-aaaa'], 'GHSA-aaaa'],
  [['x_OTHER-1', 'GO-2024-1'], 'GO-2024-1'],
  [['DSA-5380-1'], 'DSA-5380-1'],
])('names %j by %s', (ids, canonical) => {
  expect(groupOf(ids).canonical).toBe(canonical);
});
