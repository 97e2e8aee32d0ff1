import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileFacts } from '../layers/layer-facts.ts';
import type { Analyzer } from './analyzer.ts';
import { analyzers } from './index.ts';

/** For each analyzer: files it reads, and one it must not. A new analyzer adds its line here. */
const fixtures: Readonly<Record<string, { reads: Record<string, Buffer>; ignores: string[] }>> = {
  'os-release': {
    reads: { 'etc/os-release': data('debian-12-os-release') },
    ignores: ['etc/os-release.bak', 'opt/etc/os-release'],
  },
  dpkg: {
    reads: {
      'var/lib/dpkg/status': data('debian-12-status'),
      'var/lib/dpkg/status.d/base': Buffer.from('Package: base-files\nVersion: 12.4\nArchitecture: amd64\n'),
      'var/lib/dpkg/info/nodejs:amd64.list': Buffer.from('/usr/lib/node_modules/npm/package.json\n'),
    },
    ignores: ['var/lib/dpkg/status-old', 'var/lib/dpkg/info/bash.md5sums', 'opt/var/lib/dpkg/status'],
  },
  apk: {
    reads: { 'lib/apk/db/installed': data('alpine-3.20-installed') },
    ignores: ['lib/apk/db/scripts.tar', 'var/lib/apk/db/installed'],
  },
  npm: {
    reads: {
      'app/node_modules/express/package.json': Buffer.from('{"name": "express", "version": "4.17.1"}'),
      'app/package-lock.json': data('package-lock-v3.json'),
    },
    ignores: ['app/package.json', 'node_modules/a/package-lock.json', 'node_modules/a/test/b/package.json'],
  },
  python: {
    reads: {
      'usr/lib/python3/site-packages/requests-2.34.2.dist-info/METADATA': data('requests-METADATA'),
      'usr/lib/python3/dist-packages/PyGObject-3.42.2.egg-info': data('PyGObject-PKG-INFO'),
      'opt/a.egg/EGG-INFO/PKG-INFO': data('PyGObject-PKG-INFO'),
    },
    ignores: ['a.dist-info/RECORD', 'METADATA', 'a/PKG-INFO'],
  },
  'node-locks': {
    reads: {
      'app/yarn.lock': data('locks/yarn-v1.lock'),
      'berry/yarn.lock': data('locks/yarn-berry.lock'),
      'a/pnpm-lock.yaml': data('locks/pnpm-lock-v5.yaml'),
      'b/pnpm-lock.yaml': data('locks/pnpm-lock-v9.yaml'),
      'bun.lock': data('locks/bun.lock'),
    },
    ignores: ['app/node_modules/a/yarn.lock', 'bun.lockb', 'pnpm-lock.yml'],
  },
  conda: {
    reads: { 'opt/conda/conda-meta/numpy-1.26.4-py311h64a7726_0.json': data('numpy-conda-meta.json') },
    ignores: ['opt/conda/conda-meta/history', 'conda-meta/a/b.json'],
  },
  ruby: {
    reads: {
      'usr/local/bundle/specifications/rake-13.0.6.gemspec': data('rake.gemspec'),
      'app/Gemfile.lock': data('locks/Gemfile.lock'),
    },
    ignores: ['gems/rake-13.0.6/rake.gemspec', 'gems/rake-13.0.6/Gemfile.lock', 'app/Gemfile'],
  },
  composer: {
    reads: {
      'srv/vendor/composer/installed.json': data('composer-installed-v2.json'),
      'srv/composer.lock': data('locks/composer.lock'),
    },
    ignores: ['srv/composer.json', 'srv/vendor/a/b/composer.lock', 'installed.json'],
  },
  dotnet: {
    reads: {
      'app/app.deps.json': data('app.deps.json'),
      'src/packages.lock.json': data('locks/packages.lock.json'),
    },
    ignores: ['app/app.runtimeconfig.json', 'deps.json.bak'],
  },
  cargo: {
    reads: { 'app/Cargo.lock': data('locks/Cargo.lock') },
    ignores: ['app/Cargo.toml', 'usr/local/cargo/registry/src/index/a-1.0.0/Cargo.lock'],
  },
  'go-mod': {
    reads: { 'app/go.mod': data('locks/go.mod') },
    ignores: ['go/pkg/mod/golang.org/x/net@v0.7.0/go.mod', 'app/vendor/a/go.mod', 'app/go.sum'],
  },
  gradle: {
    reads: { 'app/gradle.lockfile': data('locks/gradle.lockfile') },
    ignores: ['app/buildscript-gradle.lockfile', 'app/build.gradle'],
  },
  hex: { reads: { 'app/mix.lock': data('locks/mix.lock') }, ignores: ['app/mix.exs'] },
  pub: { reads: { 'app/pubspec.lock': data('locks/pubspec.lock') }, ignores: ['app/pubspec.yaml'] },
  swift: {
    reads: {
      'a/Package.resolved': data('locks/Package-v1.resolved'),
      'b/Package.resolved': data('locks/Package-v3.resolved'),
    },
    ignores: ['app/Package.swift'],
  },
  conan: {
    reads: { 'a/conan.lock': data('locks/conan-v1.lock'), 'b/conan.lock': data('locks/conan-v2.lock') },
    ignores: ['app/conanfile.txt'],
  },
  hackage: {
    reads: {
      'app/cabal.project.freeze': data('locks/cabal.project.freeze'),
      'app/stack.yaml.lock': data('locks/stack.yaml.lock'),
    },
    ignores: ['app/cabal.project', 'app/stack.yaml'],
  },
  'python-locks': {
    reads: {
      'app/requirements.txt': data('locks/requirements.txt'),
      'app/Pipfile.lock': data('locks/Pipfile.lock'),
      'app/poetry.lock': data('locks/poetry.lock'),
      'app/pdm.lock': data('locks/pdm.lock'),
      'uv.lock': data('locks/uv.lock'),
    },
    ignores: ['app/requirements-dev.txt', 'lib/site-packages/a/poetry.lock', 'app/Pipfile'],
  },
};

/** Shown to every analyzer as every file it wants; none of it may do more than be told. */
const malformed = {
  empty: Buffer.alloc(0),
  zeros: Buffer.alloc(10_000),
  'not UTF-8': Buffer.from([0xff, 0xfe, 0x80, 0x0a, 0xc3, 0x28]),
  'one long line': Buffer.alloc(1_000_000, 'a'),
  // What a careless regular expression takes minutes for.
  'a value of many spaces': Buffer.from(`A=${' '.repeat(60_000)}x\nPackage: ${' '.repeat(60_000)}x\n`),
  'deep JSON': Buffer.from('['.repeat(500_000)),
  'deep objects': Buffer.from('{"dependencies":{"a":'.repeat(50_000)),
  'closed deep objects': Buffer.from('{"dependencies":{"a":'.repeat(2_000) + '{}' + '}}'.repeat(2_000)),
  'JSON of another form': Buffer.from('{"packages": 7, "dependencies": "x", "name": {}, "version": []}'),
  'null JSON': Buffer.from('null'),
};

describe.each(analyzers)('analyzer $id', (analyzer) => {
  const fixture = fixtures[analyzer.id] ?? { reads: {}, ignores: [] };

  it('reads each of its fixtures without a warning', () => {
    expect(Object.keys(fixture.reads)).not.toEqual([]);
    for (const [path, bytes] of Object.entries(fixture.reads)) {
      expect(analyzer.wants(path)).toBe(true);
      const { facts, warnings } = read(analyzer, path, bytes);
      expect(
        facts?.packages?.length ?? facts?.owns?.length ?? Number(facts?.os !== undefined),
      ).toBeGreaterThan(0);
      expect(warnings).toEqual([]);
    }
  });

  it('does not want files that only look alike', () => {
    for (const path of fixture.ignores) expect([path, analyzer.wants(path)]).toEqual([path, false]);
  });

  it.each(Object.entries(malformed))('bears a file that is %s', (_name, bytes) => {
    for (const path of Object.keys(fixture.reads)) {
      const { failure } = read(analyzer, path, bytes);
      // A stack that overflows here would take the thread with it in a deeper call.
      expect(failure).not.toBeInstanceOf(RangeError);
    }
  });

  it('bears mutations of its fixtures, and names only words as packages', () => {
    const paths = Object.keys(fixture.reads);
    fc.assert(
      fc.property(fc.constantFrom(...paths), mutations, (path, mutate) => {
        const { facts } = read(analyzer, path, mutate(fixture.reads[path]!));
        for (const { name, version } of facts?.packages ?? []) {
          expect(name).toMatch(/^\S{1,512}$/);
          expect(version).toMatch(/^\S{1,512}$/);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps nothing of the bytes it was shown', () => {
    for (const [path, bytes] of Object.entries(fixture.reads)) {
      const shown = Buffer.from(bytes);
      const { facts } = read(analyzer, path, shown);
      const before = JSON.stringify(facts);
      shown.fill(0);
      expect(JSON.stringify(facts)).toBe(before);
    }
  });
});

type Reading = { facts: FileFacts | undefined; warnings: string[]; failure?: unknown };

/** Reads as the layer reader does: an exception is a file that is not what the analyzer reads. */
function read(analyzer: Analyzer, path: string, bytes: Buffer): Reading {
  const warnings: string[] = [];
  const proves = (candidate: string) => candidate.endsWith('package.json');
  try {
    const facts = analyzer.read({ path, bytes, proves, warn: (message) => warnings.push(message) });
    return { facts, warnings };
  } catch (failure) {
    return { facts: undefined, warnings, failure };
  }
}

/** Cuts, doubles, overwrites and joins pieces of a file. */
const mutations = fc
  .array(fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true }), fc.uint8Array({ maxLength: 20 })), {
    minLength: 1,
    maxLength: 5,
  })
  .map((steps) => (original: Buffer) => {
    let bytes = original;
    for (const [kind, at, patch] of steps) {
      const offset = Math.floor(at * bytes.length);
      const [head, tail] = [bytes.subarray(0, offset), bytes.subarray(offset)];
      if (kind === 0) bytes = head;
      else if (kind === 1) bytes = Buffer.concat([head, patch, tail]);
      else if (kind === 2) bytes = Buffer.concat([head, patch, tail.subarray(patch.length)]);
      else bytes = Buffer.concat([tail, head]);
    }
    return Buffer.from(bytes);
  });

function data(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, '../../data', name));
}
