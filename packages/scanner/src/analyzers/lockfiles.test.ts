import { expect, it } from 'vitest';
import { analyzers } from './index.ts';
import { fixture, readFile } from './testing-read.ts';

/** By lockfile of `data/locks`: what it declares, without development, and without what comes from git or a path. */
const declared: readonly (readonly [
  file: string,
  path: string,
  type: string,
  packages: readonly string[],
])[] = [
  [
    'requirements.txt',
    'app/requirements.txt',
    'pypi',
    ['flask 2.0.1', 'Jinja2 3.0.1', 'requests 2.25.1', 'click 8.0.0'],
  ],
  ['Pipfile.lock', 'app/Pipfile.lock', 'pypi', ['certifi 2021.5.30', 'django 3.2.4']],
  ['poetry.lock', 'app/poetry.lock', 'pypi', ['certifi 2024.2.2', 'internal 1.2.0']],
  ['pdm.lock', 'app/pdm.lock', 'pypi', ['idna 3.6']],
  ['uv.lock', 'app/uv.lock', 'pypi', ['httpx 0.27.0']],
  ['yarn-v1.lock', 'app/yarn.lock', 'npm', ['@babel/code-frame 7.12.13', 'lodash 4.17.20', 'lodash 3.10.1']],
  [
    'yarn-berry.lock',
    'app/yarn.lock',
    'npm',
    ['@babel/code-frame 7.24.2', 'fsevents 2.3.3', 'lodash 3.10.1'],
  ],
  ['pnpm-lock-v5.yaml', 'app/pnpm-lock.yaml', 'npm', ['@babel/core 7.12.3', 'express 4.17.1']],
  ['pnpm-lock-v6.yaml', 'app/pnpm-lock.yaml', 'npm', ['@babel/core 7.12.3', 'express 4.17.1']],
  ['pnpm-lock-v9.yaml', 'app/pnpm-lock.yaml', 'npm', ['@babel/core 7.12.3', 'express 4.17.1']],
  [
    'bun.lock',
    'app/bun.lock',
    'npm',
    ['@babel/core 7.12.3', 'express 4.17.1', 'debug 2.6.9', 'lodash 3.10.1'],
  ],
  [
    'Gemfile.lock',
    'app/Gemfile.lock',
    'gem',
    ['actionpack 7.0.4', 'nokogiri 1.15.4', 'rack 2.2.4', 'rc 1.0.0.rc1'],
  ],
  [
    'Gemfile.lock',
    'app/gems.locked',
    'gem',
    ['actionpack 7.0.4', 'nokogiri 1.15.4', 'rack 2.2.4', 'rc 1.0.0.rc1'],
  ],
  [
    'composer.lock',
    'app/composer.lock',
    'composer',
    ['guzzlehttp/psr7 1.8.1', 'symfony/http-kernel v5.4.19'],
  ],
  [
    'packages.lock.json',
    'app/packages.lock.json',
    'nuget',
    ['Newtonsoft.Json 12.0.3', 'System.Buffers 4.5.1'],
  ],
  ['Cargo.lock', 'app/Cargo.lock', 'cargo', ['serde 1.0.130', 'time 0.1.43']],
  [
    'go.mod',
    'app/go.mod',
    'golang',
    [
      'github.com/gin-gonic/gin v1.9.0',
      'github.com/fork/protobuf v1.5.1',
      'golang.org/x/net v0.7.0',
      'gopkg.in/yaml.v2 v2.4.0',
    ],
  ],
  [
    'gradle.lockfile',
    'app/gradle.lockfile',
    'maven',
    ['org.apache.logging.log4j:log4j-core 2.14.1', 'org.springframework:spring-core 5.3.17'],
  ],
  ['mix.lock', 'app/mix.lock', 'hex', ['cowboy 2.8.0', 'phoenix 1.5.9']],
  ['pubspec.lock', 'app/pubspec.lock', 'pub', ['http 0.13.3', 'path 1.8.0']],
  ['Package-v1.resolved', 'app/Package.resolved', 'swift', ['github.com/vapor/vapor 4.40.0']],
  [
    'Package-v3.resolved',
    'app/Package.resolved',
    'swift',
    ['github.com/apple/swift-nio 2.62.0', 'example.org/own/own 1.0.0'],
  ],
  ['conan-v1.lock', 'app/conan.lock', 'conan', ['openssl 1.1.1k', 'own 2.0']],
  ['conan-v2.lock', 'app/conan.lock', 'conan', ['zlib 1.2.11', 'openssl 3.0.5']],
  ['renv.lock', 'app/renv.lock', 'cran', ['commonmark 1.7', 'gdata 2.18.0.1']],
  [
    'cabal.project.freeze',
    'app/cabal.project.freeze',
    'hackage',
    ['aeson 2.0.1.0', 'base 4.15.1.0', 'xml-conduit 1.9.1.1'],
  ],
  ['stack.yaml.lock', 'app/stack.yaml.lock', 'hackage', ['xml-conduit 1.9.1.1']],
];

it.each(declared)('lists what %s declares', (file, path, type, packages) => {
  const analyzer = analyzers.find((candidate) => candidate.wants(path))!;

  const { facts, names, warnings } = readFile(analyzer, path, fixture(`locks/${file}`));

  expect(names).toEqual(packages);
  expect(new Set(facts.packages?.map((fact) => `${fact.type} ${fact.evidence}`))).toEqual(
    new Set([`${type} declared`]),
  );
  expect(warnings).toEqual([]);
});

it.each(declared)('leaves %s alone where an installed package brought it', (_file, path) => {
  const brought = ['site-packages', 'node_modules', 'gems', 'vendor'].map(
    (folder) => `usr/${folder}/${path}`,
  );

  expect(brought.filter((place) => analyzers.some((analyzer) => analyzer.wants(place)))).toEqual([]);
});
