import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeUrl } from './safe-url.ts';

it('lets ordinary references through', () => {
  expect(safeUrl('https://nvd.nist.gov/vuln/detail/CVE-2024-1')).toBe(
    'https://nvd.nist.gov/vuln/detail/CVE-2024-1',
  );
});

it.each([
  'javascript:alert(1)',
  ' javascript:alert(1)',
  'JaVaScRiPt:alert(1)//https://x',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '//evil.example',
  '/rest/self',
  'https://user:pass@evil.example/',
  'https://nvd.nist.gov@evil.example/',
  'https://',
  'ftp://host/file',
  '',
])('refuses %j', (text) => {
  expect(safeUrl(text)).toBeUndefined();
});

it('gives only http and https, whatever it is given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl()), (text) => {
      expect(safeUrl(text) ?? 'https://').toMatch(/^https?:\/\//);
    }),
  );
});
