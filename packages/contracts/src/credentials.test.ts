import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  CredentialsError,
  decodeCredentials,
  encodeCredentials,
  type RegistryCredentials,
} from './credentials.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

it('reads what it writes, whatever the password holds', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (password, username) => {
      const credentials: RegistryCredentials = {
        type: 'harbor-cr',
        registryBase: 'cr.host.com',
        username,
        password,
      };

      expect(decodeCredentials(encodeCredentials(credentials))).toEqual(credentials);
    }),
  );
});

it('reads the old spellings of a registry type, and the document behind a scheme', () => {
  const header = `Basic ${base64('{"type":"HarborCR","username":"u","password":"p","registryBase":"h"}')}`;

  expect(decodeCredentials(header).type).toBe('harbor-cr');
});

it('reads the broken document that printf makes of a Google key', () => {
  const key = '{ "type": "service_account", "private_key": "-----BEGIN\\nKEY-----" }';
  const header = base64(`{"type":"gcr","username":"_json_key","password":"${key}","registryBase":"gcr.io"}`);

  expect(decodeCredentials(header)).toEqual({
    type: 'gcr',
    username: '_json_key',
    password: key,
    registryBase: 'gcr.io',
  });
});

/** The error that a header is refused with; undefined when it is read. */
function refusal(header: string): unknown {
  try {
    decodeCredentials(header);
    return undefined;
  } catch (error) {
    return error;
  }
}

it('refuses everything else without quoting it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
      const refused = new CredentialsError('the authorization header holds no credentials document');

      expect(refusal(text)).toEqual(refused);
      expect(refusal(base64(text))).toEqual(refused);
    }),
  );
});
