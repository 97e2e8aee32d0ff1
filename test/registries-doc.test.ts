import { readFileSync } from 'node:fs';
import { registryTypes } from '@plimsoll/contracts';
import { accountOf } from '@plimsoll/registry';
import { expect, it } from 'vitest';

const text = readFileSync(new URL('../docs/registries.md', import.meta.url), 'utf8');
/** What a reader sees: no marks, one space between words. */
const plain = (markdown: string) => markdown.replaceAll(/[`*]/g, '').replaceAll(/\s+/g, ' ');

const sections = text.split(/^## /m).slice(1);

it.each(registryTypes)('has a section on %s, with the account, the variables and the limits', (type) => {
  const section = sections.find((candidate) => candidate.split('\n')[0]?.includes(`\`${type}\``)) ?? '';

  expect(plain(section)).toContain(plain(accountOf(type)));
  expect(section).toMatch(/^- \*\*Variables\*\*: /m);
  expect(section).toMatch(/^- \*\*Limits\*\*: /m);
});
