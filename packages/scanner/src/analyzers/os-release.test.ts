import { expect, it } from 'vitest';
import { osRelease } from './os-release.ts';
import { readFile } from './testing-read.ts';

const read = (text: string, path = 'etc/os-release') => readFile(osRelease, path, text).facts.os;

it('reads quoted and unquoted values', () => {
  const os = read(
    'PRETTY_NAME="Alpine \\"Linux\\" v3.20"\n# a comment\nID=alpine\nVERSION_ID=\'3.20.3\'\nID_LIKE="a b"\nVERSION_CODENAME=\n',
  );

  expect(os).toEqual({
    id: 'alpine',
    versionId: '3.20.3',
    prettyName: 'Alpine "Linux" v3.20',
    idLike: 'a b',
  });
});

it('calls a system without an id linux, as the specification says', () => {
  expect(read('')).toEqual({ id: 'linux' });
});

// As the distributions write it, shortened to what tells the release.
it.each([
  ['Debian', 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian', 'debian 12'],
  ['Debian testing', 'PRETTY_NAME="Debian GNU/Linux trixie/sid"\nID=debian', 'debian undefined'],
  ['Ubuntu', 'NAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian', 'ubuntu 24.04'],
  ['Alpine', 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3', 'alpine 3.20.3'],
  ['Wolfi', 'ID=wolfi\nNAME="Wolfi"\nVERSION_ID="20230201"', 'wolfi 20230201'],
  ['Chainguard', 'ID=chainguard\nNAME="chainguard"\nVERSION_ID="20230214"', 'chainguard 20230214'],
  ['Red Hat', 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"', 'rhel 9.4'],
  ['CentOS', 'NAME="CentOS Stream"\nID="centos"\nVERSION_ID="9"', 'centos 9'],
  ['Fedora', 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=40', 'fedora 40'],
  ['AlmaLinux', 'NAME="AlmaLinux"\nID="almalinux"\nVERSION_ID="9.4"', 'almalinux 9.4'],
  ['Rocky', 'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.4"', 'rocky 9.4'],
  ['Oracle', 'NAME="Oracle Linux Server"\nID="ol"\nVERSION_ID="9.4"', 'ol 9.4'],
  ['Amazon', 'NAME="Amazon Linux"\nID="amzn"\nVERSION_ID="2023"', 'amzn 2023'],
  ['SUSE', 'NAME="SLES"\nVERSION_ID="15.6"\nID="sles"', 'sles 15.6'],
  ['openSUSE', 'NAME="openSUSE Leap"\nID="opensuse-leap"\nVERSION_ID="15.6"', 'opensuse-leap 15.6'],
  ['Tumbleweed', 'ID="opensuse-tumbleweed"\nVERSION_ID="20240801"', 'opensuse-tumbleweed 20240801'],
  ['Photon', 'NAME="VMware Photon OS"\nID=photon\nVERSION_ID=5.0', 'photon 5.0'],
  ['Mariner', 'NAME="Common Base Linux Mariner"\nID=mariner\nVERSION_ID="2.0"', 'mariner 2.0'],
  ['Azure Linux', 'NAME="Microsoft Azure Linux"\nID=azurelinux\nVERSION_ID="3.0"', 'azurelinux 3.0'],
  [
    'distroless',
    'PRETTY_NAME="Distroless"\nNAME="Debian GNU/Linux"\nID="debian"\nVERSION_ID="12"',
    'debian 12',
  ],
])('knows %s by its os-release', (_name, text, expected) => {
  const os = read(text);
  expect(`${os?.id} ${os?.versionId}`).toBe(expected);
});

it.each([
  ['etc/lsb-release', 'DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\nDISTRIB_CODENAME=trusty\n', 'ubuntu 14.04'],
  ['etc/lsb-release', 'DISTRIB_ID="VMware Photon"\nDISTRIB_RELEASE="1.0"\n', 'photon 1.0'],
  ['etc/alpine-release', '3.2.3\n', 'alpine 3.2.3'],
  ['etc/debian_version', '7.11\n', 'debian 7.11'],
  ['etc/redhat-release', 'Red Hat Enterprise Linux Server release 6.10 (Santiago)\n', 'rhel 6.10'],
  ['etc/redhat-release', 'CentOS release 6.10 (Final)\n', 'centos 6.10'],
  ['etc/centos-release', 'CentOS Linux release 7.9.2009 (Core)\n', 'centos 7.9.2009'],
  ['etc/oracle-release', 'Oracle Linux Server release 6.10\n', 'ol 6.10'],
  ['etc/redhat-release', 'Enterprise Linux Enterprise Linux Server release 5.2 (Carthage)\n', 'ol 5.2'],
  ['etc/fedora-release', 'Fedora release 20 (Heisenbug)\n', 'fedora 20'],
  ['etc/almalinux-release', 'AlmaLinux release 9.4 (Seafoam Ocelot)\n', 'almalinux 9.4'],
  ['etc/rocky-release', 'Rocky Linux release 9.4 (Blue Onyx)\n', 'rocky 9.4'],
  ['etc/system-release', 'Amazon Linux AMI release 2018.03\n', 'amzn 2018.03'],
  ['etc/system-release', 'Amazon Linux release 2 (Karoo)\n', 'amzn 2'],
  ['etc/photon-release', 'VMware Photon Linux 1.0\nPHOTON_BUILD_NUMBER=62c543d\n', 'photon 1.0'],
  ['etc/mariner-release', 'CBL-Mariner 2.0.20240112\nMARINER_BUILD_NUMBER=abc\n', 'mariner 2.0.20240112'],
  ['etc/azurelinux-release', 'Microsoft Azure Linux 3.0.20240727\n', 'azurelinux 3.0.20240727'],
  [
    'etc/SuSE-release',
    'SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n',
    'sles 11.4',
  ],
  ['etc/SuSE-release', 'openSUSE 13.2 (x86_64)\nVERSION = 13.2\nCODENAME = Harlequin\n', 'opensuse 13.2'],
])('knows a release by %s where there is no os-release: %j', (path, text, expected) => {
  const os = read(text, path);
  expect(`${os?.id} ${os?.versionId}`).toBe(expected);
});

it('knows a Debian before its release by the code name', () => {
  expect(read('trixie/sid\n', 'etc/debian_version')).toEqual({ id: 'debian', codename: 'trixie' });
});

it.each([
  ['etc/redhat-release', 'Some other system release 3\n'],
  ['etc/lsb-release', 'LSB_VERSION=1.4\n'],
  ['etc/debian_version', '<html>\n'],
  ['etc/alpine-release', ''],
])('tells nothing by a %s that says %j', (path, text) => {
  expect(readFile(osRelease, path, text).facts).toEqual({});
});
