import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { warningCodes } from './warnings.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/analyzers.md'), 'utf8');

it('explains every warning in docs/analyzers.md, in the same words', () => {
  for (const [code, meaning] of Object.entries(warningCodes))
    expect(page).toContain(`| \`${code}\` | ${meaning} |`);
});
