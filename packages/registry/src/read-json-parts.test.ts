import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpAnswer } from './http/transport.ts';
import { readJsonParts, type JsonPart } from './read-json-parts.ts';
import { RegistryError } from './registry-error.ts';

const signal = new AbortController().signal;
const wide = { bytes: 1_000_000, tokenBytes: 100_000 };
const lists = { tags: 'array', manifest: 'object' } as const;

/** Reads what arrives in these pieces. */
async function read(pieces: Iterable<Uint8Array>, limits = wide): Promise<JsonPart[]> {
  const parts: JsonPart[] = [];
  const body = Readable.from(pieces) as HttpAnswer['body'];
  const answer = { status: 200, url: new URL('https://h.test/v2/a/tags/list'), headers: {}, body };
  await readJsonParts(answer, lists, limits, (part) => parts.push(part), signal);
  return parts;
}

const readText = (text: string, limits = wide) => read([Buffer.from(text)], limits);

/** Cuts bytes into pieces of these sizes, again and again. */
function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

it('reads the lists that it was asked for and nothing else', async () => {
  const document = {
    name: 'team/app',
    tags: ['1.0', 'Ünïcode'],
    other: { tags: ['no'], deep: [[{ manifest: 1 }]] },
    manifest: { a: { tag: ['1.0'] }, b: {} },
  };

  expect(await readText(JSON.stringify(document))).toEqual([
    { list: 'tags', key: '0', value: '1.0' },
    { list: 'tags', key: '1', value: 'Ünïcode' },
    { list: 'manifest', key: 'a', value: { tag: ['1.0'] } },
    { list: 'manifest', key: 'b', value: {} },
  ]);
});

it('reads what JSON.parse reads, however it is cut into pieces', async () => {
  const strings = fc.array(fc.string({ unit: 'binary' }));
  const rest = fc.dictionary(
    fc.string().filter((key) => !Object.hasOwn(lists, key)),
    fc.jsonValue({ maxDepth: 5 }),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(strings, rest, sizes, async (tags, rest, sizes) => {
      const bytes = Buffer.from(JSON.stringify({ ...rest, tags }));
      const expected = (JSON.parse(bytes.toString()) as { tags: string[] }).tags;

      expect((await read(cut(bytes, sizes))).map(({ value }) => value)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

it.each([
  ['no list', '{"tags":null}'],
  ['nothing', '{}'],
  ['an empty list', ' {"tags":[] } \n'],
])('finds nothing in %s', async (_, text) => {
  expect(await readText(text)).toEqual([]);
});

it.each([
  ['a text for a list', '{"tags":"all"}'],
  ['an object for a list', '{"tags":{"a":1}}'],
  ['a list for an object', '{"manifest":[1]}'],
  ['a list for the document', '[{"tags":[]}]'],
  ['a document that is no object', '"tags"'],
  ['a web page', '<!doctype html>'],
  ['something else', 'tags: 1'],
  ['nothing', ''],
  ['the beginning of a document', '{"tags":["1.0"'],
  ['missing commas', '{"tags":["a" "b"]}'],
  ['two documents', '{"tags":["a"]}{"tags":["b"]}'],
  ['a document without bottom', `{"x":${'['.repeat(100_000)}`],
  ['a part without end', `{"manifest":{"a":[${'1,'.repeat(300_000)}1]}}`],
])('refuses %s', async (_, text) => {
  await expect(readText(text, { ...wide, bytes: 10_000_000 })).rejects.toMatchObject({
    code: 'invalid-answer',
  });
});

it.each([
  ['more than it may be', { ...wide, bytes: 1_000 }],
  ['one name without end', { ...wide, tokenBytes: 1_000 }],
])('does not read %s', async (_, limits) => {
  const text = Buffer.from(`{"tags":["${'a'.repeat(5_000)}"]}`);

  await expect(read(cut(text, [100]), limits)).rejects.toMatchObject({ code: 'too-large' });
});

it('keeps nothing of what it passes over', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // 6.5 MB that JSON.parse would make 50 MB of lists of.
  const piece = Buffer.from('[1,2,3],'.repeat(8_192));
  let [before, after] = [0, 0];
  function* pieces() {
    yield Buffer.from('{"other":[');
    collect();
    before = process.memoryUsage().heapUsed;
    for (let count = 0; count < 100; count++) yield piece;
    collect();
    after = process.memoryUsage().heapUsed;
    yield Buffer.from('0],"tags":["1.0"]}');
  }

  expect(await read(pieces(), { ...wide, bytes: 10_000_000 })).toHaveLength(1);
  expect(after - before).toBeLessThan(5_000_000);
});

it('fails as RegistryError or not at all, whatever is sent', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"tags"',
    '"manifest"',
    ':',
    ',',
    '1',
    'null',
    '"',
    '\\',
    '\u0000',
  );
  const any = fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(any, async (pieces) => {
      const failure = await readText(pieces.join('')).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure === undefined || failure instanceof RegistryError).toBe(true);
    }),
  );
});
