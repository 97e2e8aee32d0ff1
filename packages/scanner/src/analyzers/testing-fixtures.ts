import { gunzipSync } from 'node:zlib';
import { oldProgram } from './go/testing-old-program.ts';
import { elfHeader } from './programs/testing-program.ts';
import { fixture } from './testing-read.ts';
import { zip } from './testing-zip.ts';

const guava = zip({
  'META-INF/maven/com.google.guava/guava/pom.properties':
    'groupId=com.google.guava\nartifactId=guava\nversion=31.1-jre\n',
});

/** For tests: for each analyzer, files it reads, and some it must not. A new analyzer adds its line here. */
export const fixtures: Readonly<Record<string, { reads: Record<string, Buffer>; ignores: string[] }>> = {
  'os-release': {
    reads: {
      'etc/os-release': fixture('debian-12-os-release'),
      'etc/centos-release': Buffer.from('CentOS release 6.10 (Final)\n'),
      'etc/lsb-release': Buffer.from('DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=14.04\n'),
      'etc/SuSE-release': Buffer.from(
        'SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n',
      ),
      'etc/debian_version': Buffer.from('7.11\n'),
    },
    ignores: ['etc/os-release.bak', 'opt/etc/os-release'],
  },
  dpkg: {
    reads: {
      'var/lib/dpkg/status': fixture('debian-12-status'),
      'var/lib/dpkg/status.d/base': Buffer.from('Package: base-files\nVersion: 12.4\nArchitecture: amd64\n'),
      'var/lib/dpkg/info/nodejs:amd64.list': Buffer.from('/usr/lib/node_modules/npm/package.json\n'),
      'var/lib/dpkg/status.d/base.md5sums': Buffer.from(
        'd41d8cd98f00b204e9800998ecf8427e  usr/lib/node_modules/npm/package.json\n',
      ),
    },
    ignores: ['var/lib/dpkg/status-old', 'var/lib/dpkg/info/bash.md5sums', 'opt/var/lib/dpkg/status'],
  },
  chisel: {
    reads: { 'var/lib/chisel/manifest.wall': fixture('chisel-manifest.wall') },
    ignores: ['var/lib/chisel/manifest.json', 'chisel/manifest.wall.bak'],
  },
  apk: {
    reads: { 'lib/apk/db/installed': fixture('alpine-3.20-installed') },
    ignores: ['lib/apk/db/scripts.tar', 'var/lib/apk/db/installed'],
  },
  rpm: {
    reads: {
      'var/lib/rpm/rpmdb.sqlite': gunzipSync(fixture('rpm/rpmdb.sqlite.gz')),
      'var/lib/rpm/Packages': gunzipSync(fixture('rpm/Packages.gz')),
      'usr/lib/sysimage/rpm/Packages.db': gunzipSync(fixture('rpm/Packages.db.gz')),
      'var/lib/rpmmanifest/container-manifest-2': Buffer.from(
        'openssl-libs\t3.0.8-2.azl3\t1\t2\tMicrosoft Corporation\t1\t3\tx86_64\t1\topenssl-3.0.8-2.azl3.src.rpm\n',
      ),
    },
    ignores: ['var/lib/rpm/rpmdb.sqlite-wal', 'var/lib/rpm/Basenames', 'opt/var/lib/rpm/Packages'],
  },
  'content-sets': {
    reads: {
      'root/buildinfo/content_manifests/ubi9-container-9.4-1123.json': Buffer.from(
        '{"metadata": {"icm_version": 1}, "content_sets": ["rhel-9-for-x86_64-baseos-rpms"], "image_contents": []}',
      ),
      'usr/share/buildinfo/content-sets.json': Buffer.from(
        '{"metadata": {"icm_version": 1}, "from_dnf_hint": true, "content_sets": ["rhel-9-for-x86_64-baseos-rpms"]}',
      ),
    },
    ignores: ['root/buildinfo/labels.json', 'usr/share/buildinfo/a/b.json'],
  },
  runtimes: {
    reads: {
      'usr/lib/jvm/java-17-openjdk-amd64/release': Buffer.from(
        'IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n',
      ),
      'usr/lib/erlang/releases/25/OTP_VERSION': Buffer.from('25.2.3\n'),
    },
    ignores: ['usr/lib/erlang/releases/RELEASES', 'etc/os-release', 'OTP_VERSION'],
  },
  npm: {
    reads: {
      'app/node_modules/express/package.json': Buffer.from('{"name": "express", "version": "4.17.1"}'),
      'usr/share/nodejs/semver/package.json': Buffer.from('{"name": "semver", "version": "7.3.5"}'),
      'app/package-lock.json': fixture('package-lock-v3.json'),
      'old/package-lock.json': fixture('package-lock-v1.json'),
      'app/npm-shrinkwrap.json': fixture('package-lock-v2.json'),
    },
    ignores: ['app/package.json', 'node_modules/a/package-lock.json', 'node_modules/a/test/b/package.json'],
  },
  python: {
    reads: {
      'usr/lib/python3/site-packages/requests-2.34.2.dist-info/METADATA': fixture('requests-METADATA'),
      'usr/lib/python3/dist-packages/PyGObject-3.42.2.egg-info': fixture('PyGObject-PKG-INFO'),
      'opt/a.egg/EGG-INFO/PKG-INFO': fixture('PyGObject-PKG-INFO'),
    },
    ignores: ['a.dist-info/RECORD', 'METADATA', 'a/PKG-INFO'],
  },
  'node-locks': {
    reads: {
      'app/yarn.lock': fixture('locks/yarn-v1.lock'),
      'berry/yarn.lock': fixture('locks/yarn-berry.lock'),
      'a/pnpm-lock.yaml': fixture('locks/pnpm-lock-v5.yaml'),
      'b/pnpm-lock.yaml': fixture('locks/pnpm-lock-v6.yaml'),
      'c/pnpm-lock.yaml': fixture('locks/pnpm-lock-v9.yaml'),
      'bun.lock': fixture('locks/bun.lock'),
      'a/bun.lockb': fixture('locks/bun-1.1.38.lockb'),
      'b/bun.lockb': fixture('locks/bun-1.4.5.lockb'),
    },
    ignores: ['app/node_modules/a/yarn.lock', 'app/node_modules/a/bun.lockb', 'pnpm-lock.yml'],
  },
  'python-archives': {
    reads: {
      'usr/lib/python3/site-packages/a-1.0-py3.11.egg': zip({
        'EGG-INFO/PKG-INFO': fixture('PyGObject-PKG-INFO'),
      }),
      'usr/share/python-wheels/requests-2.34.2-py3-none-any.whl': zip({
        'requests-2.34.2.dist-info/METADATA': fixture('requests-METADATA'),
      }),
    },
    ignores: ['a.egg-info', 'a.egg/EGG-INFO/PKG-INFO', 'a.whl.metadata'],
  },
  conda: {
    reads: { 'opt/conda/conda-meta/numpy-1.26.4-py311h64a7726_0.json': fixture('numpy-conda-meta.json') },
    ignores: ['opt/conda/conda-meta/history', 'conda-meta/a/b.json'],
  },
  jar: {
    reads: {
      'srv/app.ear': zip({ 'app.war': zip({ 'WEB-INF/lib/guava-31.1-jre.jar': guava }) }),
      'lib/guava.jar': guava,
      'plugins/git.hpi': zip({ 'WEB-INF/lib/guava-31.1-jre.jar': guava }),
      'srv/app.war': zip({
        'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0\n',
        'WEB-INF/lib/guava-31.1-jre.jar': guava,
      }),
    },
    ignores: ['srv/app.zip', 'srv/app.jar.sha1', 'usr/lib/jvm/modules'],
  },
  ruby: {
    reads: {
      'usr/local/bundle/specifications/rake-13.0.6.gemspec': fixture('rake.gemspec'),
      'app/Gemfile.lock': fixture('locks/Gemfile.lock'),
    },
    ignores: ['gems/rake-13.0.6/rake.gemspec', 'gems/rake-13.0.6/Gemfile.lock', 'app/Gemfile'],
  },
  composer: {
    reads: {
      'srv/vendor/composer/installed.json': fixture('composer-installed-v2.json'),
      'srv/composer.lock': fixture('locks/composer.lock'),
    },
    ignores: ['srv/composer.json', 'srv/vendor/a/b/composer.lock', 'installed.json'],
  },
  dotnet: {
    reads: {
      'app/app.deps.json': fixture('app.deps.json'),
      'src/packages.lock.json': fixture('locks/packages.lock.json'),
    },
    ignores: ['app/app.runtimeconfig.json', 'deps.json.bak'],
  },
  cargo: {
    reads: { 'app/Cargo.lock': fixture('locks/Cargo.lock') },
    ignores: ['app/Cargo.toml', 'usr/local/cargo/registry/src/index/a-1.0.0/Cargo.lock'],
  },
  'go-mod': {
    reads: { 'app/go.mod': fixture('locks/go.mod') },
    ignores: ['go/pkg/mod/golang.org/x/net@v0.7.0/go.mod', 'app/vendor/a/go.mod', 'app/go.sum'],
  },
  gradle: {
    reads: { 'app/gradle.lockfile': fixture('locks/gradle.lockfile') },
    ignores: ['app/buildscript-gradle.lockfile', 'app/build.gradle'],
  },
  hex: { reads: { 'app/mix.lock': fixture('locks/mix.lock') }, ignores: ['app/mix.exs'] },
  pub: { reads: { 'app/pubspec.lock': fixture('locks/pubspec.lock') }, ignores: ['app/pubspec.yaml'] },
  swift: {
    reads: {
      'a/Package.resolved': fixture('locks/Package-v1.resolved'),
      'b/Package.resolved': fixture('locks/Package-v3.resolved'),
    },
    ignores: ['app/Package.swift'],
  },
  conan: {
    reads: { 'a/conan.lock': fixture('locks/conan-v1.lock'), 'b/conan.lock': fixture('locks/conan-v2.lock') },
    ignores: ['app/conanfile.txt'],
  },
  hackage: {
    reads: {
      'app/cabal.project.freeze': fixture('locks/cabal.project.freeze'),
      'app/stack.yaml.lock': fixture('locks/stack.yaml.lock'),
    },
    ignores: ['app/cabal.project', 'app/stack.yaml'],
  },
  cran: {
    reads: {
      'usr/lib/R/site-library/digest/DESCRIPTION': fixture('digest-DESCRIPTION'),
      'app/renv.lock': fixture('locks/renv.lock'),
    },
    ignores: ['app/DESCRIPTION', 'usr/lib/R/library/digest/NAMESPACE', 'app/renv.lock.bak'],
  },
  sbom: {
    reads: {
      'opt/bitnami/redis/.spdx-redis.spdx': fixture('sbom/redis.spdx'),
      'sbom/app.cdx.json': fixture('sbom/app.cdx.json'),
      'sbom/signed.json': fixture('sbom/signed.dsse.json'),
      'app/app.spdx': fixture('sbom/app.spdx'),
      'app/app.cdx.xml': fixture('sbom/app.cdx.xml'),
      'sbom/spdx-3.json': Buffer.from(
        JSON.stringify({
          '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
          '@graph': [{ type: 'software_Package', software_packageUrl: 'pkg:npm/ws@8.17.0' }],
        }),
      ),
    },
    ignores: ['usr/bin/sbom', 'app/tests/sbom.json', 'app/app.json', 'app/pom.xml', 'app/bom.xml'],
  },
  'python-locks': {
    reads: {
      'app/requirements.txt': fixture('locks/requirements.txt'),
      'app/Pipfile.lock': fixture('locks/Pipfile.lock'),
      'app/poetry.lock': fixture('locks/poetry.lock'),
      'app/pdm.lock': fixture('locks/pdm.lock'),
      'uv.lock': fixture('locks/uv.lock'),
    },
    ignores: ['app/requirements-dev.txt', 'lib/site-packages/a/poetry.lock', 'app/Pipfile'],
  },
};

/** For tests: the same for those that look into programs. */
export const programFixtures: typeof fixtures = {
  'go-binary': {
    reads: {
      'usr/bin/kubectl': fixture('go-1.26-program'),
      'usr/bin/helm': oldProgram({ version: 'go1.13.8', modules: 'dep\ta\tv1.0.0\n', isWide: false }),
      'usr/bin/etcd': oldProgram({ version: 'go1.17.5', modules: 'dep\ta\tv1.0.0\n', isBigEndian: true }),
    },
    ignores: ['etc/hosts', 'app/main.js', 'app/node_modules/a/LICENSE', 'usr/share/doc/x/copyright'],
  },
  'rust-binary': {
    reads: { 'usr/bin/rg': fixture('rust-1.95-program') },
    ignores: ['usr/lib/libstd.so', 'usr/share/doc/rg/changelog'],
  },
  'known-programs': {
    reads: {
      'usr/local/bin/node': program('x\0node.js/v24.1.0\0'),
      'usr/local/lib/libpython3.12.so.1.0': program('/opt/python/3.12.1\0'),
      'usr/bin/haproxy': program('HAProxy\0 version 2.6.12-1+deb12u4, released 2026/10/17\n\0'),
      'usr/bin/redis-server': program('\x007.2.4buildkitsandbox-1709070000000000000\0'),
      'usr/local/bin/traefik': program('\x003.1.2\0'),
    },
    ignores: ['usr/bin/nodes', 'usr/share/nginx/html', 'etc/bash.bashrc', 'usr/bin/python3-config'],
  },
};

/** A program that holds a text; the real texts of many are in `known-programs.test.ts`. */
function program(text: string): Buffer {
  return Buffer.concat([elfHeader, Buffer.from(text, 'latin1'), Buffer.alloc(200)]);
}
