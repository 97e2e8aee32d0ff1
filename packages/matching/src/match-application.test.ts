import { describe, expect, it } from 'vitest';
import { advisory, brief, fixedAt, match, open, pkg } from './testing-match.ts';

describe('application packages', () => {
  it('does not match what a covered distribution owns against the language', () => {
    const record = advisory('PYSEC-2026-1', [{ ecosystem: 'npm', name: 'semver', events: open }]);
    const owned = pkg({ name: 'semver', distro: 'debian:12', owned: true });

    expect(match(owned, record)).toEqual([]);
    expect(match({ ...owned, distro: 'slackware:15.0' }, record)[0]?.confidence).toBe('low');
  });

  it('makes one finding of two records about one CVE, with all ids', () => {
    const affected = [{ ecosystem: 'npm', name: 'x', events: fixedAt('1.1.0') }];
    const [finding, ...others] = match(
      pkg({}),
      advisory('GHSA-aaaa', affected, { aliases: ['CVE-2026-1'] }),
      advisory('x_NSWG-1', affected, { aliases: ['CVE-2026-1'] }),
    );

    expect(others).toEqual([]);
    expect(finding?.vulnerability).toBe('CVE-2026-1');
    expect(finding?.problems.map(({ id }) => id)).toEqual(['CVE-2026-1', 'GHSA-aaaa', 'x_NSWG-1']);
    expect(finding?.advisories.map(({ id }) => id)).toEqual(['GHSA-aaaa', 'x_NSWG-1']);
  });

  it('reads an entry that names the package twice, and orders pre-releases', () => {
    const record = advisory('GHSA-rv95', [
      { ecosystem: 'npm', name: 'express', events: fixedAt('4.19.2') },
      {
        ecosystem: 'npm',
        name: 'express',
        events: [{ introduced: '5.0.0-alpha.1' }, { fixed: '5.0.0-beta.3' }],
      },
    ]);

    expect(brief(match(pkg({ name: 'express', version: '5.0.0-beta.1' }), record))).toEqual([
      ['GHSA-rv95', 'fixed', '5.0.0-beta.3'],
    ]);
    expect(match(pkg({ name: 'express', version: '4.19.2' }), record)).toEqual([]);
  });

  it('offers no version as a fix that another record of the vulnerability calls affected', () => {
    const first = advisory('GHSA-aaaa', [{ ecosystem: 'npm', name: 'x', events: fixedAt('1.1.0') }], {
      aliases: ['CVE-2026-1'],
    });
    const second = advisory('GHSA-bbbb', [{ ecosystem: 'npm', name: 'x', events: fixedAt('1.2.0') }], {
      aliases: ['CVE-2026-1'],
    });
    const last = advisory(
      'GHSA-cccc',
      [{ ecosystem: 'npm', name: 'x', events: [{ introduced: '0' }, { lastAffected: '1.3.0' }] }],
      { aliases: ['CVE-2026-1'] },
    );

    expect(brief(match(pkg({}), first, second))).toEqual([['CVE-2026-1', 'fixed', '1.2.0']]);
    expect(brief(match(pkg({}), first, second, last))).toEqual([['CVE-2026-1', 'no-fix', undefined]]);
  });

  it('knows single versions beside ranges, with or without v', () => {
    const record = advisory('GHSA-aaaa', [
      {
        ecosystem: 'npm',
        name: 'x',
        events: [{ introduced: '2.0.0' }, { fixed: '2.1.0' }],
        versions: ['v1.0.0', '2.0.1'],
      },
    ]);

    expect(brief(match(pkg({ version: '1.0.0' }), record))).toEqual([['GHSA-aaaa', 'no-fix', undefined]]);
    expect(brief(match(pkg({ version: '2.0.5' }), record))).toEqual([['GHSA-aaaa', 'fixed', '2.1.0']]);
    expect(match(pkg({ version: '1.0.1' }), record)).toEqual([]);
  });

  it.each(['', 'latest', '(devel)'])(
    'reports nothing for the version %j but what concerns every version',
    (version) => {
      const some = advisory('GHSA-aaaa', [{ ecosystem: 'npm', name: 'x', events: fixedAt('99.0.0') }]);
      const every = advisory('MAL-2026-1', [{ ecosystem: 'npm', name: 'x', events: open }]);

      expect(match(pkg({ version }), some)).toEqual([]);
      expect(match(pkg({ version }), every)[0]).toMatchObject({ severity: 'critical', fixState: 'remove' });
    },
  );

  it('knows a version that says nothing by its very name, also beside a range', () => {
    const record = advisory('PYSEC-2026-1', [
      { ecosystem: 'PyPI', name: 'x', events: fixedAt('2.0'), versions: ['1.0', 'trunk'] },
    ]);

    expect(match(pkg({ type: 'pypi', version: 'trunk' }), record)).toHaveLength(1);
    expect(match(pkg({ type: 'pypi', version: 'branch' }), record)).toEqual([]);
  });

  it('matches nothing by an entry without ranges and versions, or by a withdrawn record', () => {
    const affected = [{ ecosystem: 'npm', name: 'x', events: open }];

    expect(match(pkg({}), advisory('GHSA-aaaa', [{ ecosystem: 'npm', name: 'x' }]))).toEqual([]);
    expect(
      match(pkg({}), advisory('GHSA-aaaa', affected, { withdrawn: '2026-01-01T00:00:00.000Z' })),
    ).toEqual([]);
  });

  it.each([
    ['v0.0.0-20240102030405-0123456789ab', 'low'],
    ['v1.2.0', 'high'],
  ])('trusts what is said of %s of a Go module with %s confidence', (version, confidence) => {
    const record = advisory('GO-2026-1', [
      { ecosystem: 'Go', name: 'example.com/m', events: fixedAt('1.2.3') },
    ]);
    const module = pkg({ type: 'golang', name: 'example.com/m', version });

    expect(match(module, record)).toMatchObject([{ fixedIn: '1.2.3', confidence }]);
  });

  it('reads a Go module path as the proxy escapes it', () => {
    const record = advisory('GO-2026-1', [
      { ecosystem: 'Go', name: 'github.com/!burnt!sushi/toml', events: open },
    ]);

    expect(match(pkg({ type: 'golang', name: 'github.com/BurntSushi/toml' }), record)).toHaveLength(1);
  });

  it('names the kinds of weakness that any record of the vulnerability names', () => {
    const affected = [{ ecosystem: 'npm', name: 'x', events: open }];
    const findings = match(
      pkg({}),
      advisory('GHSA-aaaa', affected, { aliases: ['CVE-2026-1'], cwes: ['CWE-79'] }),
      advisory('x_NSWG-1', affected, { aliases: ['CVE-2026-1'], cwes: ['CWE-20', 'CWE-79'] }),
    );

    expect(findings).toMatchObject([{ vulnerability: 'CVE-2026-1', cwes: ['CWE-20', 'CWE-79'] }]);
  });

  it('tells names apart by case in npm', () => {
    const record = advisory('GHSA-aaaa', [{ ecosystem: 'npm', name: 'JSONStream', events: open }]);

    expect(match(pkg({ name: 'jsonstream' }), record)).toEqual([]);
    expect(match(pkg({ name: 'JSONStream' }), record)).toHaveLength(1);
  });
});
