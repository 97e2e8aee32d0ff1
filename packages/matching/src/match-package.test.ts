import type { Advisory } from '@plimsoll/contracts';
import { describe, expect, it } from 'vitest';
import type { PackageContext } from './package-context.ts';
import { advisory, brief, deb, fixedAt, match, open, pkg } from './testing-match.ts';

describe('operating-system packages', () => {
  it('looks a Debian package up by its source and compares the source version', () => {
    const record = advisory('DEBIAN-CVE-2026-1', [
      { ecosystem: 'Debian:12', name: 'util-linux', events: fixedAt('2.38.1-6') },
    ]);
    const source = { sourceName: 'util-linux', sourceVersion: '2.38.1-5' };

    const [finding] = match(deb('bsdutils', '1:2.38.1-5', source), record);

    expect(finding).toMatchObject({ vulnerability: 'CVE-2026-1', fixedIn: '2.38.1-6', fixedInSource: true });
    expect(match(deb('bsdutils', '1:2.38.1-6', { ...source, sourceVersion: '2.38.1-6' }), record)).toEqual(
      [],
    );
  });

  it('does not compare the suffix of a rebuild', () => {
    const record = advisory('DEBIAN-CVE-2026-1', [
      { ecosystem: 'Debian:12', name: 'bash', events: fixedAt('5.2.15-2') },
    ]);

    expect(match(deb('bash', '5.2.15-2+b13'), record)).toEqual([]);
  });

  it.each([
    ['another release', 'debian:11'],
    ['an unknown release', 'debian'],
    ['a derived distribution', 'kali:2024.1'],
    ['no distribution', ''],
  ])('never falls back to the advisories of a release for %s', (_, distro) => {
    const record = advisory('DEBIAN-CVE-2026-1', [{ ecosystem: 'Debian:12', name: 'tar', events: open }]);

    expect(match(deb('tar', '1.34', { distro }), record)).toEqual([]);
  });

  it('finds an Alpine sub-package by its origin and the branch of its release', () => {
    const record = advisory('ALPINE-CVE-2026-1', [
      { ecosystem: 'Alpine:v3.20', name: 'openssl', events: fixedAt('3.3.2-r1') },
    ]);
    const libcrypto = pkg({
      type: 'apk',
      name: 'libcrypto3',
      sourceName: 'openssl',
      version: '3.3.2-r0',
      distro: 'alpine:3.20.3',
    });

    expect(brief(match(libcrypto, record))).toEqual([['CVE-2026-1', 'fixed', '3.3.2-r1']]);
    expect(match({ ...libcrypto, version: '3.3.2-r10' }, record)).toEqual([]);
    expect(match({ ...libcrypto, distro: 'alpine:3.21_alpha20240923' }, record)[0]?.confidence).toBe('low');
  });

  it('says when the version seems to be of another release', () => {
    const record = advisory('DSA-1', [{ ecosystem: 'Debian:12', name: 'curl', events: open }]);

    expect(match(deb('curl', '8.14.1-2+deb13u1'), record)).toMatchObject([{ confidence: 'medium' }]);
    expect(match(deb('curl', '7.88.1-10+deb12u1'), record)).toMatchObject([{ confidence: 'high' }]);
  });

  it.each([
    ['apk', 'alpaquita:23.1', 'Alpaquita:23'],
    ['apk', 'alpaquita:stream', 'Alpaquita:stream'],
    ['apk', 'minimos:1', 'MinimOS'],
    ['deb', 'echo:1', 'Echo'],
    ['rpm', 'mariner:2.0', 'Azure Linux:2'],
    ['rpm', 'photon:5.0', 'Photon OS:5.0'],
    ['rpm', 'mageia:9', 'Mageia:9'],
    ['rpm', 'openeuler:22.03-LTS-SP3', 'openEuler:22.03-LTS-SP3'],
  ])('looks %s packages of %s up in %s', (type, distro, ecosystem) => {
    const record = advisory('X-1', [{ ecosystem, name: 'curl', events: fixedAt('9') }]);

    expect(match(pkg({ type, name: 'curl', version: '8-1', distro }), record)).toHaveLength(1);
  });

  it('treats fixed at 0 as never affected', () => {
    const record = advisory('ALPINE-CVE-2026-1', [
      { ecosystem: 'Alpine:v3.20', name: 'zlib', events: fixedAt('0') },
    ]);

    expect(
      match(pkg({ type: 'apk', name: 'zlib', version: '1.3-r0', distro: 'alpine:3.20.3' }), record),
    ).toEqual([]);
  });

  it('hides kernel packages and what the distribution calls unimportant, and says why', () => {
    const kernel = advisory('DEBIAN-CVE-2026-1', [{ ecosystem: 'Debian:12', name: 'linux', events: open }]);
    const minor = advisory('DEBIAN-CVE-2026-2', [
      { ecosystem: 'Debian:12', name: 'apparmor', events: open, urgency: 'unimportant' },
    ]);
    const pam = advisory('DEBIAN-CVE-2026-3', [{ ecosystem: 'Debian:12', name: 'linux-pam', events: open }]);

    expect(match(deb('linux-libc-dev', '6.1.1-1', { sourceName: 'linux' }), kernel)[0]?.hiddenReason).toBe(
      'kernel',
    );
    expect(match(deb('apparmor', '3.0.8-3'), minor)[0]).toMatchObject({
      severity: 'negligible',
      hiddenReason: 'negligible',
    });
    expect(match(deb('libpam0g', '1.5.2-6', { sourceName: 'linux-pam' }), pam)[0]).not.toHaveProperty(
      'hiddenReason',
    );
  });

  it.each([
    ['Debian, open', 'not yet assigned', 'no-fix'],
    ['Debian, a release that is not supported any more', 'end-of-life', 'will-not-fix'],
  ])('tells the state of what is not fixed: %s', (_what, urgency, fixState) => {
    const record = advisory('DEBIAN-CVE-2026-1', [
      { ecosystem: 'Debian:12', name: 'tar', events: open, urgency },
    ]);

    expect(match(deb('tar', '1.34-1'), record)[0]?.fixState).toBe(fixState);
  });

  it('tells that a fix of Ubuntu is for subscribers', () => {
    const record = advisory('UBUNTU-CVE-2026-1', [
      { ecosystem: 'Ubuntu:Pro:22.04:LTS', name: 'tar', events: fixedAt('1.34-1ubuntu0.1~esm1') },
    ]);
    const installed = pkg({ type: 'deb', name: 'tar', version: '1.34-1', distro: 'ubuntu:22.04' });

    expect(match(installed, record)[0]).toMatchObject({ fixState: 'subscription' });
  });

  it('does not let an advisory about one module stream speak for another', () => {
    const unfixed = advisory('REDHAT-CVE-2026-1', [
      { ecosystem: 'Red Hat:enterprise_linux:8', name: 'nodejs', events: open, module: 'nodejs:20' },
    ]);
    const fixed = advisory(
      'RHSA-2026:1',
      [
        {
          ecosystem: 'Red Hat:enterprise_linux:8::appstream',
          name: 'nodejs',
          events: fixedAt('1:18.2.0-1.module+el8'),
        },
      ],
      { upstream: ['CVE-2026-1'], summary: 'Important: nodejs:18 security update' },
    );
    const installed = (major: number) =>
      pkg({
        type: 'rpm',
        name: 'nodejs',
        version: `1:${major}.1.0-1.module+el8`,
        modularity: `nodejs:${major}:8080:1`,
        distro: 'rhel:8.10',
      });

    expect(match(installed(20), unfixed, fixed)[0]).toMatchObject({ fixState: 'no-fix' });
    expect(match(installed(18), unfixed, fixed)[0]).toMatchObject({
      fixState: 'fixed',
      fixedIn: '1:18.2.0-1.module+el8',
    });
  });

  it('makes five findings of one advisory about five CVEs', () => {
    const upstream = [1, 2, 3, 4, 5].map((n) => `CVE-2026-${n}`);
    const record = advisory(
      'DSA-1-1',
      [{ ecosystem: 'Debian:12', name: 'curl', events: fixedAt('7.88.1-11') }],
      { upstream },
    );

    const findings = match(deb('curl', '7.88.1-10'), record);

    expect(findings.map(({ vulnerability }) => vulnerability)).toEqual(upstream);
    expect(findings.every(({ problems }) => problems.length === 1)).toBe(true);
  });

  it('lets the record of one CVE overrule the advisory that lists it', () => {
    const dsa = advisory(
      'DSA-1-1',
      [{ ecosystem: 'Debian:12', name: 'curl', events: fixedAt('7.88.1-11') }],
      { upstream: ['CVE-2026-1', 'CVE-2026-2'] },
    );
    const perCve = advisory(
      'DEBIAN-CVE-2026-1',
      [{ ecosystem: 'Debian:12', name: 'curl', events: fixedAt('7.88.1-9') }],
      { upstream: ['CVE-2026-1'] },
    );

    expect(brief(match(deb('curl', '7.88.1-10'), dsa, perCve))).toEqual([
      ['CVE-2026-2', 'fixed', '7.88.1-11'],
    ]);
  });

  it('knows what only subscribers of Ubuntu Pro can fix, unless there is a fix for all', () => {
    const pro = { ecosystem: 'Ubuntu:Pro:22.04:LTS', name: 'vim', events: fixedAt('8.2-1+esm1') };
    const all = { ecosystem: 'Ubuntu:22.04:LTS', name: 'vim', events: fixedAt('8.2-2') };
    const unfixed = { ecosystem: 'Ubuntu:22.04:LTS', name: 'vim', events: open };
    const vim = deb('vim', '8.2-1', { distro: 'ubuntu:22.04' });

    expect(brief(match(vim, advisory('UBUNTU-CVE-2026-1', [pro])))).toEqual([
      ['CVE-2026-1', 'subscription', '8.2-1+esm1'],
    ]);
    expect(brief(match(vim, advisory('UBUNTU-CVE-2026-1', [pro, all])))).toEqual([
      ['CVE-2026-1', 'fixed', '8.2-2'],
    ]);
    expect(brief(match(vim, advisory('UBUNTU-CVE-2026-1', [pro, unfixed])))).toEqual([
      ['CVE-2026-1', 'subscription', '8.2-1+esm1'],
    ]);
    expect(match({ ...vim, version: '8.2-1+esm1' }, advisory('UBUNTU-CVE-2026-1', [pro, unfixed]))).toEqual(
      [],
    );
  });

  it('matches only the binary packages that a record names', () => {
    const record = advisory('USN-1-1', [
      {
        ecosystem: 'Ubuntu:22.04:LTS',
        name: 'vim',
        events: fixedAt('2:8.2-2'),
        binaries: { vim: '2:8.2-2' },
      },
    ]);
    const inUbuntu = { distro: 'ubuntu:22.04', sourceName: 'vim' };

    expect(match(deb('vim', '2:8.2-1', inUbuntu), record)).toHaveLength(1);
    expect(match(deb('xxd', '2:8.2-1', inUbuntu), record)).toEqual([]);
  });
});

describe('packages of rpm distributions', () => {
  const rpm = (name: string, version: string, rest: Partial<PackageContext> = {}) =>
    pkg({ type: 'rpm', name, version, distro: 'almalinux:8.9', ...rest });
  const node = (stream: string, fixed: string, name = `ALSA-2024:${stream}`) =>
    advisory(name, [{ ecosystem: 'AlmaLinux:8', name: 'nodejs', events: fixedAt(fixed) }], {
      summary: `Important: nodejs:${stream} security update`,
    });
  const build = '.module_el8.8.0+3560+7e0ee0ab';

  it('matches a package of a module by advisories of its stream only', () => {
    const records = [16, 18, 20].map((major) => node(`${major}`, `1:${major}.99.0-1${build}`));
    const ordinary = node('16', '1:99.0.0-1', 'ALSA-2024:ordinary');
    const installed = rpm('nodejs', `1:16.20.1-1${build}`, { modularity: 'nodejs:16:8080020230718:abc' });

    const found = match(installed, ...records, ordinary);

    expect(found.map(({ advisories, confidence }) => [advisories[0]?.id, confidence])).toEqual([
      ['ALSA-2024:16', 'high'],
    ]);
    expect(match(rpm('nodejs', '1:10.24.0-1.el8'), ...records)).toEqual([]);
  });

  it('guesses by the major version when package or advisory do not tell the stream', () => {
    const records = [16, 18].map((major) => node(`${major}`, `1:${major}.99.0-1${build}`));
    const vague = advisory(
      'ALSA-2024:1',
      [{ ecosystem: 'AlmaLinux:8', name: 'varnish', events: fixedAt(`6.0.8-2${build}`) }],
      { summary: 'Important: varnish security update' },
    );
    const varnish = (version: string, modularity: string) =>
      match(rpm('varnish', version, { modularity }), vague);

    const [unlabelled, ...others] = match(rpm('nodejs', `1:16.20.1-1${build}`), ...records);

    expect([unlabelled?.vulnerability, unlabelled?.confidence, others]).toEqual(['ALSA-2024:16', 'low', []]);
    expect(varnish(`6.0.6-2${build}`, 'varnish:6:8:a')[0]?.confidence).toBe('low');
    expect(varnish(`5.0.6-2${build}`, 'varnish:5:8:a')).toEqual([]);
    expect(varnish(`6.0.6-2${build}`, 'other:6:8:a')).toEqual([]);
  });

  it('compares by source without an epoch when the binary has another version than its source', () => {
    const record = advisory('RLSA-2021:1', [
      { ecosystem: 'Rocky Linux:8', name: 'perl', events: fixedAt('4:5.26.3-419.el8') },
    ]);
    const rocky = { distro: 'rocky:8.9', sourceName: 'perl' };

    const errno = rpm('perl-Errno', '1.28-419.el8_4.1', { ...rocky, sourceVersion: '5.26.3-419.el8_4.1' });
    const older = rpm('perl-Errno', '1.28-416.el8', { ...rocky, sourceVersion: '5.26.3-416.el8' });
    const libs = rpm('perl-libs', '4:5.26.3-416.el8', { ...rocky, sourceVersion: '5.26.3-416.el8' });

    expect(match(errno, record)).toEqual([]);
    expect(match(older, record)).toHaveLength(1);
    expect(match(libs, record)).toHaveLength(1);
    expect(match({ ...libs, version: '4:5.26.3-419.el8', sourceVersion: '5.26.3-419.el8' }, record)).toEqual(
      [],
    );
  });

  it('compares packages of SUSE with the version that the record lists for each of them', () => {
    const record = advisory('SUSE-SU-2024:1-1', [
      {
        ecosystem: 'SUSE:Linux Enterprise Server 15 SP5',
        name: 'krb5',
        events: fixedAt('1.20.1-150500.3.3.1'),
        binaries: { krb5: '1.20.1-150500.3.3.1', 'krb5-tool': '2.0-150500.9.1' },
      },
    ]);
    const sles = { distro: 'sles:15.5', sourceName: 'krb5' };

    expect(brief(match(rpm('krb5-tool', '2.0-150500.8.1', sles), record))).toEqual([
      ['SUSE-SU-2024:1-1', 'fixed', '2.0-150500.9.1'],
    ]);
    expect(match(rpm('krb5-tool', '2.0-150500.9.1', sles), record)).toEqual([]);
    expect(match(rpm('krb5-doc', '1.0', sles), record)).toEqual([]);
  });

  it('names the version that clears all records about a vulnerability, when a first fix was not enough', () => {
    const record = (id: string, krb5: string) =>
      advisory(
        id,
        [
          {
            ecosystem: 'SUSE:Linux Enterprise Server 15 SP5',
            name: 'krb5',
            events: fixedAt(krb5),
            binaries: { krb5 },
          },
        ],
        { upstream: ['CVE-2026-1'] },
      );
    const installed = rpm('krb5', '1.20.1-1.1', { distro: 'sles:15.5', sourceName: 'krb5' });
    const records = [record('SUSE-SU-2026:1-1', '1.20.1-2.1'), record('SUSE-SU-2026:2-1', '1.20.1-10.1')];

    expect(brief(match(installed, ...records))).toEqual([['CVE-2026-1', 'fixed', '1.20.1-10.1']]);
  });

  it.each([
    ['rhel:9.4', 'Red Hat:enterprise_linux:9::baseos'],
    ['azurelinux:3.0', 'Azure Linux:3'],
    ['opensuse-leap:15.6', 'openSUSE:Leap 15.6'],
    ['openeuler:22.03-LTS-SP3', 'openEuler:22.03-LTS-SP3'],
    ['photon:5.0', 'Photon OS:5.0'],
    ['mageia:9', 'Mageia:9'],
  ])('finds what concerns %s under %s', (distro, ecosystem) => {
    const record = advisory('CVE-2026-1', [{ ecosystem, name: 'zlib', events: fixedAt('1.3-2') }]);

    expect(brief(match(rpm('zlib', '1.3-1', { distro }), record))).toEqual([
      ['CVE-2026-1', 'fixed', '1.3-2'],
    ]);
  });
});

describe('severity', () => {
  const affected = [{ ecosystem: 'npm', name: 'x', events: open }];
  const v31 = { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N' };
  const v4 = { type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' };
  const v2 = { type: 'CVSS_V2', score: 'AV:N/AC:L/Au:N/C:C/I:C/A:C' };

  it.each<[string, Partial<Advisory>, string, number | undefined]>([
    ['the newest standard', { severity: [v31, v4] }, 'critical', 9.3],
    ['version 3.1', { severity: [v31] }, 'medium', 6.1],
    ['version 2, which has no critical', { severity: [v2] }, 'high', 10],
    ['a word when there is no vector', { rating: 'LOW' }, 'low', undefined],
    ['the vector rather than the word', { severity: [v31], rating: 'CRITICAL' }, 'medium', 6.1],
    [
      'a word when the vector is broken',
      { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:X' }], rating: 'HIGH' },
      'high',
      undefined,
    ],
    ['nothing, which is not low', {}, 'unknown', undefined],
  ])('follows %s', (_, rest, level, score) => {
    const [finding] = match(pkg({}), advisory('GHSA-aaaa', affected, rest));

    expect([finding?.severity, finding?.score]).toEqual([level, score]);
  });

  it('takes the vector of another record about the same vulnerability, and names its source', () => {
    const own = advisory('x_NSWG-1', affected, { aliases: ['CVE-2026-1'] });
    const other = advisory('GHSA-aaaa', [{ ecosystem: 'Maven', name: 'a:b', events: open }], {
      aliases: ['CVE-2026-1'],
      severity: [v31],
    });

    expect(match(pkg({}), own, other)[0]?.ratings[0]).toMatchObject({
      score: 6.1,
      source: 'GitHub Advisory Database',
    });
  });
});

it('gives equal findings for equal inputs in any order', () => {
  const records = ['GHSA-aaaa', 'GHSA-bbbb', 'GHSA-cccc'].map((id, i) =>
    advisory(id, [{ ecosystem: 'npm', name: 'x', events: fixedAt(`1.${i + 1}.0`) }], {
      aliases: [`CVE-2026-${i % 2}`],
    }),
  );

  expect(match(pkg({}), ...records.toReversed())).toEqual(match(pkg({}), ...records));
});
