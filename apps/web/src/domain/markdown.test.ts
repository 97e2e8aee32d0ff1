import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Block, type Inline, parseMarkdown } from './markdown.ts';

function inlines(blocks: readonly Block[]): Inline[] {
  return blocks.flatMap((block) => {
    if (block.kind === 'list') return block.items.flat();
    return block.kind === 'code' ? [] : [...block.content];
  });
}

it('reads what advisories are written in', () => {
  const source = [
    '### Impact',
    'A request with `Range: bytes=` makes the **server**',
    'wait. See [the fix](https://example.org/fix).',
    '',
    '* first',
    '* second',
    '  goes on',
    '',
    '```js',
    'alert("<b>")',
    '```',
  ].join('\n');

  expect(parseMarkdown(source)).toEqual([
    { kind: 'heading', content: [{ kind: 'text', text: 'Impact' }] },
    {
      kind: 'paragraph',
      content: [
        { kind: 'text', text: 'A request with ' },
        { kind: 'code', text: 'Range: bytes=' },
        { kind: 'text', text: ' makes the ' },
        { kind: 'strong', text: 'server' },
        { kind: 'text', text: ' wait. See ' },
        { kind: 'link', text: 'the fix', href: 'https://example.org/fix' },
        { kind: 'text', text: '.' },
      ],
    },
    {
      kind: 'list',
      ordered: false,
      items: [[{ kind: 'text', text: 'first' }], [{ kind: 'text', text: 'second goes on' }]],
    },
    { kind: 'code', text: 'alert("<b>")' },
  ]);
});

it('keeps the full stop after a bare address out of the link', () => {
  expect(inlines(parseMarkdown('See https://example.org/a.'))).toEqual([
    { kind: 'text', text: 'See ' },
    { kind: 'link', text: 'https://example.org/a', href: 'https://example.org/a' },
    { kind: 'text', text: '.' },
  ]);
});

it('leaves names with stars and underscores as they are', () => {
  expect(inlines(parseMarkdown('a*b*c and SSL_CTX_set_x in *this* one'))).toEqual([
    { kind: 'text', text: 'a*b*c and SSL_CTX_set_x in ' },
    { kind: 'emphasis', text: 'this' },
    { kind: 'text', text: ' one' },
  ]);
});

it('leaves HTML as text', () => {
  const source = '<img src=x onerror=alert(1)> <script>alert(2)</script>';

  expect(inlines(parseMarkdown(source))).toEqual([{ kind: 'text', text: source }]);
});

it.each([
  '[click](javascript:alert(1))',
  '[click](javascript:alert`1`)',
  '<javascript:alert>',
  '[click](data:text/html;base64,PHNjcmlwdD4=)',
  '[click](JAVASCRIPT:alert)',
  '[click](//evil.example/x)',
  '[click](vbscript:x)',
  '![picture](https://evil.example/pixel.gif)',
])('makes no link of %s', (source) => {
  expect(inlines(parseMarkdown(source)).filter(({ kind }) => kind === 'link')).toEqual([]);
});

const marks = ['[', ']', '(', ')', '*', '**', '`', '```', '\n', '- ', '1. ', '# ', '<', '>', '!', ' ', 'x'];
const targets = ['https://a.b/', 'javascript:x', '[x](javascript:x)', '[x](https://a.b/)', '<data:x>'];
const hostile = fc
  .array(fc.constantFrom(...marks, ...targets), { maxLength: 200 })
  .map((parts) => parts.join(''));

it('makes links to http and https only, of any text', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string()), (source) => {
      const links = inlines(parseMarkdown(source)).filter((run) => run.kind === 'link');

      expect(links.filter(({ href }) => !/^https?:\/\//.test(href))).toEqual([]);
    }),
  );
});

it('loses no word of a plain text', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z<>&"']{1,9}$/), { minLength: 1 }), (words) => {
      const read = inlines(parseMarkdown(words.join(' ')));

      expect(read.map(({ text }) => text).join('')).toBe(words.join(' '));
    }),
  );
});

it.each(['[', '**', '`', '*a', '[a](', '<https://', '- ', '!['])(
  'reads a text full of %j without running back and forth',
  (part) => {
    expect(parseMarkdown(part.repeat(50_000 / part.length))).toHaveLength(1);
  },
);
