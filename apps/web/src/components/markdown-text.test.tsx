import { MantineProvider } from '@mantine/core';
import * as fc from 'fast-check';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { MarkdownText } from './markdown-text.tsx';

const allowed = /^(?:div|p|h4|ul|ol|li|strong|em|code|pre|a)$/;

/** What React makes of a text, without the style sheets that Mantine puts before it. */
function markupOf(source: string): string {
  const markup = renderToStaticMarkup(
    <MantineProvider>
      <MarkdownText source={source} />
    </MantineProvider>,
  );
  return markup.replaceAll(/<style[^>]*>.*?<\/style>/gs, '');
}

const pieces = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '"><b>',
  '[a](javascript:alert(1))',
  '[a](javascript:alert`1`)',
  '[a](data:text/html,x)',
  '[a](https://h/"onmouseover="alert(1))',
  '![x](https://h/x.png)',
  '<https://h/?a=<b>>',
  '**',
  '`',
  '```\n',
  '\n\n',
  '- ',
  '# ',
  ' x ',
];

it('makes no element and no attribute of a hostile text', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const elements = [
        ...markupOf(parts.join('')).matchAll(/<([a-z0-9-]+)((?:\s+[a-z-]+="[^"]*")*)\s*\/?>/g),
      ];
      const attributes = elements.flatMap((element) =>
        [...(element[2] ?? '').matchAll(/\s([a-z-]+)="([^"]*)"/g)].map((match) => ({
          name: match[1],
          value: match[2],
        })),
      );

      expect(elements.map((element) => element[1] ?? '').filter((name) => !allowed.test(name))).toEqual([]);
      expect(attributes.filter(({ name }) => name?.startsWith('on') || name === 'src')).toEqual([]);
      expect(
        attributes.filter(({ name, value }) => name === 'href' && !value?.startsWith('https://')),
      ).toEqual([]);
    }),
  );
});
