import { expect, it } from 'vitest';
import { EgressRules } from '../http/egress-rules.ts';
import { parseRegistryBase } from '../registry-base.ts';
import { checkTokenRealm } from './token-realm.ts';

function check(registryBase: string, realm: string, trustedHosts: string[] = []) {
  const base = parseRegistryBase(registryBase);
  return checkTokenRealm(realm, base, new EgressRules(base, { trustedHosts })).href;
}

it.each([
  ['registry-1.docker.io', 'https://auth.docker.io/token'],
  ['registry.corp.example.com:5000', 'https://login.example.com/token'],
  ['registry.corp.internal', 'https://auth.corp.internal/token'],
  ['registry', 'https://registry:8443/token'],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
])('sends the credentials of %s to %s', (base, realm) => {
  expect(check(base, realm)).toBe(realm);
});

it.each([
  ['registry.example.com', 'https://attacker.test/token'],
  ['registry.example.co.uk', 'https://attacker.co.uk/token'],
  ['mine.github.io', 'https://attacker.github.io/token'],
  ['registry.example.com', 'https://registry.example.com.attacker.test/token'],
  ['registry', 'https://other/token'],
  ['http://127.0.0.1:5000', 'http://127.0.0.2:5000/token'],
  ['http://localhost:5000', 'http://127.0.0.1:5000/token'],
  ['registry.example.com', 'http://auth.example.com/token'],
  ['registry.example.com', 'file:///etc/passwd'],
])('does not send the credentials of %s to %s', (base, realm) => {
  expect(() => check(base, realm)).toThrow(expect.objectContaining({ code: 'egress-refused' }));
});

it('sends credentials to another domain that the configuration trusts', () => {
  expect(check('registry.example.com', 'https://login.other.test/token', ['login.other.test'])).toBe(
    'https://login.other.test/token',
  );
});

it('refuses a realm that is no address', () => {
  expect(() => check('registry.example.com', 'Registry Realm')).toThrow(
    expect.objectContaining({ code: 'invalid-answer' }),
  );
});
