import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from './config.ts';
import { certificateVariable, privateKeyVariable } from './pem.ts';

const Example = z.object({ CA_CERT: certificateVariable.optional(), KEY: privateKeyVariable.optional() });
const pem = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));

function fileWith(text: string): string {
  const file = join(folder, String(text.length));
  writeFileSync(file, text);
  return file;
}

it.each([
  ['the text', pem],
  ['the text on one line', pem.replaceAll('\n', '\\n')],
  ['a file', fileWith(pem)],
])('takes %s', (_, value) => {
  expect(parseConfig(Example, { CA_CERT: value }).CA_CERT).toBe(pem);
});

it.each([
  ['/nowhere/ca.pem', /CA_CERT: cannot be read: ENOENT/],
  [fileWith('something else'), /CA_CERT: holds no PEM text/],
])('names the variable when %s is none', (value, message) => {
  expect(() => parseConfig(Example, { CA_CERT: value })).toThrow(message);
});

it('does not print a key', () => {
  expect(JSON.stringify(parseConfig(Example, { KEY: pem }))).toBe('{"KEY":"***"}');
});
