import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { decodeCredentials } from '@plimsoll/contracts';
import { ConfigError, parseConfig } from '@plimsoll/runtime';
import { BrokerClientConfig } from './config.ts';
import { registryCredentials } from './registry-credentials.ts';

const environment = {
  BROKER_TOKEN: 'broker-token',
  BROKER_SERVER_URL: 'https://plimsoll.example.com',
  BROKER_CLIENT_URL: 'http://my.broker.client:8000/',
  CR_AGENT_URL: 'http://agent:17500',
  CR_TYPE: 'harbor-cr',
  CR_BASE: 'registry.example.com',
  CR_USERNAME: 'robot$scan',
  CR_PASSWORD: 'pa"ss \n word',
};

function documentOf(changes: Record<string, string>) {
  const config = parseConfig(BrokerClientConfig, { ...environment, ...changes });
  return decodeCredentials(registryCredentials(config).header.reveal());
}

it('reads the environment of the documented example', () => {
  const config = parseConfig(BrokerClientConfig, environment);

  expect(config).toMatchObject({
    PORT: 7341,
    BROKER_CLIENT_URL: 'http://my.broker.client:8000',
    BROKER_HEALTHCHECK_PATH: '/healthcheck',
  });
  expect(JSON.stringify(config)).not.toContain('broker-token');
});

it('makes a credentials document of any password', () => {
  expect(documentOf({})).toEqual({
    type: 'harbor-cr',
    username: 'robot$scan',
    password: 'pa"ss \n word',
    registryBase: 'registry.example.com',
  });
});

it('takes a Google JSON key from a file', () => {
  const key = JSON.stringify({ type: 'service_account', private_key: '-----BEGIN\n"x"' }, undefined, 2);
  const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-')), 'key.json');
  writeFileSync(file, `${key}\n`);

  const document = documentOf({
    CR_TYPE: 'gcr',
    CR_USERNAME: '_json_key',
    CR_PASSWORD: '',
    CR_PASSWORD_FILE: file,
  });

  expect(document.password).toBe(key);
});

it('takes the token of DigitalOcean as user name and password', () => {
  const document = documentOf({
    CR_TYPE: 'digitalocean-cr',
    CR_TOKEN: 'dop_v1_x',
    CR_USERNAME: '',
    CR_PASSWORD: '',
  });

  expect(document).toMatchObject({ username: 'dop_v1_x', password: 'dop_v1_x' });
});

it('names the repositories and namespaces to list', () => {
  const names = { CR_REPOSITORIES: 'team/app, team/web,', CR_NAMESPACES: 'Acme' };

  expect(documentOf(names).extra).toEqual({
    repositories: ['team/app', 'team/web'],
    namespaces: ['acme'],
  });
});

it.each(['../admin', 'team/app:1.0', 'a b'])('refuses the repository %j', (name) => {
  const parse = () => parseConfig(BrokerClientConfig, { ...environment, CR_REPOSITORIES: name });

  expect(parse).toThrow(/CR_REPOSITORIES.*not a repository name/);
});

it('describes the role of ECR', () => {
  const role = { CR_TYPE: 'ecr', CR_BASE: '', CR_ROLE_ARN: 'arn:aws:iam::1:role/x', CR_REGION: 'eu-west-1' };

  expect(documentOf(role)).toEqual({
    type: 'ecr',
    roleArn: 'arn:aws:iam::1:role/x',
    extra: { region: 'eu-west-1' },
  });
  expect(documentOf({ ...role, CR_EXTERNAL_ID: 'ext' }).extra).toEqual({
    region: 'eu-west-1',
    externalId: 'ext',
  });
});

it('keeps an address with http:// as it is', () => {
  expect(documentOf({ CR_TYPE: 'oci', CR_BASE: 'http://registry:5000' }).registryBase).toBe(
    'http://registry:5000',
  );
});

it('prefers ready-made credentials', () => {
  const document = { type: 'quay-cr', username: 'u', password: 'p', registryBase: 'quay.io' };
  const given = Buffer.from(JSON.stringify(document)).toString('base64');
  const config = parseConfig(BrokerClientConfig, { ...environment, CR_TYPE: '', CR_CREDENTIALS: given });

  expect(registryCredentials(config).header.reveal()).toBe(given);
  expect(registryCredentials(config).type).toBe('quay-cr');
});

it.each([
  ['BROKER_TOKEN', ''],
  ['BROKER_SERVER_URL', 'plimsoll.example.com'],
  ['BROKER_CLIENT_URL', 'http://my.broker.client'],
  ['BROKER_CLIENT_URL', 'my.broker.client:8000'],
  ['BROKER_CLIENT_URL', 'http://my.broker.client:8000/path'],
  ['CR_AGENT_URL', 'agent:17500'],
  ['CR_TYPE', ''],
  ['CR_TYPE', 'unknown-cr'],
  ['CR_BASE', ''],
  ['CR_CREDENTIALS', 'hunter2'],
  ['PORT', '99999'],
])('names %s when it is %j', (name, value) => {
  const parse = () => parseConfig(BrokerClientConfig, { ...environment, [name]: value });

  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(new RegExp(`^  ${name}: `, 'm'));
  expect(parse).not.toThrow(/hunter2/);
});

it.each([
  ['ecr', /CR_ROLE_ARN: .*\n {2}CR_REGION: /],
  ['digitalocean-cr', /CR_TOKEN: /],
])('says what %s needs', (type, expected) => {
  expect(() => parseConfig(BrokerClientConfig, { ...environment, CR_TYPE: type })).toThrow(expected);
});
