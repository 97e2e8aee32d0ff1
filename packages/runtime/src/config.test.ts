import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, givenTogether, parseConfig, portVariable, secretVariable } from './config.ts';

const Example = z.object({ PORT: portVariable.default(17_500), TOKEN: secretVariable });

it('names every variable that is missing or wrong, and quotes no value', () => {
  const parse = () => parseConfig(Example, { PORT: 'hunter2' });

  expect(parse).toThrow(ConfigError);
  expect(parse).toThrow(/PORT: .*\n {2}TOKEN: is missing/);
  expect(parse).not.toThrow(/hunter2/);
});

it('reads a secret from the file that NAME_FILE names, without its newline', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-')), 'token');
  writeFileSync(file, 's3cret\n');

  const config = parseConfig(Example, { TOKEN_FILE: file });

  expect(config.TOKEN.reveal()).toBe('s3cret');
  expect(JSON.stringify(config)).toBe('{"PORT":17500,"TOKEN":"***"}');
});

it('says which file cannot be read', () => {
  expect(() => parseConfig(Example, { TOKEN_FILE: '/nowhere/token' })).toThrow(/TOKEN_FILE: cannot be read/);
});

it('treats an empty variable as absent', () => {
  expect(parseConfig(Example, { PORT: '', TOKEN: 'abc' }).PORT).toBe(17_500);
});

it('takes two variables together or not at all, and says so', () => {
  const Pair = z
    .object({ CERT: z.string().optional(), KEY: z.string().optional() })
    .refine(...givenTogether('CERT', 'KEY'));

  expect(parseConfig(Pair, {})).toEqual({});
  expect(parseConfig(Pair, { CERT: 'c', KEY: 'k' })).toEqual({ CERT: 'c', KEY: 'k' });
  for (const alone of [{ CERT: 'c' }, { KEY: 'k' }]) {
    expect(() => parseConfig(Pair, alone)).toThrow(/KEY: goes together with CERT/);
  }
});
