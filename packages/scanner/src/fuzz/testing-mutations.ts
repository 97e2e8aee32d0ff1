import * as fc from 'fast-check';

/** What parsers trip over: brackets without an end, escapes, ends of text and lines, extreme numbers. */
const tokens = [
  '{',
  '[',
  '"',
  '\\u0000',
  '\n',
  '\n\n',
  '\r\n',
  '\0',
  ':',
  '  - ',
  '{"a":',
  '-1',
  '1e309',
  '9007199254740993',
  '\u00ff\u00ff\u00ff\u00ff',
  '\u007f\u00ff\u00ff\u00ff',
  '\u0000\u0000\u0000\u0000',
  '../',
  '.wh.',
  '__proto__',
].map((text) => Buffer.from(text, 'latin1'));

/** How often a piece is repeated at most; deep and long enough to overflow what has no bound. */
const maxRepeats = 2_000;
/** Longest result, bytes: a mutation must not cost more than what it tests. */
const maxBytes = 256 * 1024;

/** What a document may hold where something else is expected. */
const values: readonly unknown[] = [
  null,
  true,
  -1,
  7.5,
  '',
  'a b',
  '\u0000',
  'x'.repeat(5_000),
  [],
  [[]],
  {},
  { a: {} },
  { toString: 1 },
  JSON.parse('{"__proto__": {"name": "a", "version": "1"}}'),
  JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`),
];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const patch = fc.oneof(
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom(...tokens),
);
const step = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.constant('cut' as const), place) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('insert' as const), place, patch) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('overwrite' as const), place, patch) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('turn' as const), place) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('remove' as const), place, fc.nat(64)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('flip' as const), place, fc.nat(7)) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant('repeat' as const),
      place,
      fc.nat(40),
      fc.integer({ min: 2, max: maxRepeats }),
    ),
  },
);
// Of JSON a changed byte mostly makes no JSON at all; this changes a value in it.
const nodeStep = fc.tuple(fc.constant('node' as const), place, fc.constantFrom(...values));
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type NodeStep = readonly ['node', number, unknown];

/** For tests: functions that damage a file in one to five places, always the same way. */
export const mutations: fc.Arbitrary<(original: Buffer) => Buffer> = fc
  .oneof(
    { weight: 3, arbitrary: fc.array(step, { minLength: 1, maxLength: 5 }) },
    { weight: 2, arbitrary: fc.array(nodeStep, { minLength: 1, maxLength: 3 }) },
  )
  .map((steps) => {
    const mutate = (original: Buffer) =>
      Buffer.from((steps as readonly (Step | NodeStep)[]).reduce(apply, original));
    // What fast-check prints of a failure.
    return Object.assign(mutate, { toString: () => JSON.stringify(steps).slice(0, 2_000) });
  });

function apply(bytes: Buffer, taken: Step | NodeStep): Buffer {
  if (taken[0] === 'node') return replaceNode(bytes, taken[1], taken[2]);
  const [kind, at, detail, times] = taken;
  const offset = Math.floor(at * bytes.length);
  const [head, tail] = [bytes.subarray(0, offset), bytes.subarray(offset)];
  if (kind === 'cut') return head;
  if (kind === 'turn') return Buffer.concat([tail, head]);
  if (kind === 'insert') return Buffer.concat([head, detail, tail]);
  if (kind === 'overwrite') return Buffer.concat([head, detail, tail.subarray(detail.length)]);
  if (kind === 'remove') return Buffer.concat([head, tail.subarray(detail)]);
  if (kind === 'flip') {
    const flipped = Buffer.from(bytes);
    if (flipped.length > offset) flipped[offset]! ^= 1 << detail;
    return flipped;
  }
  const piece = tail.subarray(0, detail);
  const repeats = Math.min(
    times,
    Math.floor(Math.max(0, maxBytes - bytes.length) / Math.max(1, piece.length)),
  );
  return Buffer.concat([head, ...Array<Buffer>(repeats).fill(piece), tail]);
}

/** Puts a value in the place of one of a JSON document; over a place of any other file. */
function replaceNode(bytes: Buffer, at: number, value: unknown): Buffer {
  let root: unknown;
  try {
    root = JSON.parse(bytes.toString('utf8'));
  } catch {
    return apply(bytes, ['overwrite', at, Buffer.from(JSON.stringify(value))]);
  }
  const slots: [Record<string, unknown>, string][] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    for (const [key, child] of Object.entries(node)) {
      slots.push([node as Record<string, unknown>, key]);
      waiting.push(child);
    }
  }
  const slot = slots[Math.floor(at * slots.length)];
  if (!slot) return Buffer.from(JSON.stringify(value));
  slot[0][slot[1]] = value;
  return Buffer.from(JSON.stringify(root));
}
