import * as fc from 'fast-check';

const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    null,
    '',
    '..',
    '../../etc/passwd',
    'a'.repeat(300),
    'TEAM/App',
    'team/app:1.0',
    'team%2fapp',
    'sha256:',
    `sha256:${'A'.repeat(64)}`,
    '1970-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    Number.MAX_VALUE,
    -1,
    [],
    {},
    [[[[]]]],
    { __proto__: null, constructor: 'x' },
  ),
);

/** Replaces, somewhere in a JSON value, a part by something else, or all of it. */
export const anyDamage: fc.Arbitrary<(value: unknown) => unknown> = fc
  .array(fc.tuple(fc.nat(), odd), { minLength: 1, maxLength: 4 })
  .map((changes) => (value) => changes.reduce((damaged, [at, by]) => replacePart(damaged, at, by), value));

function replacePart(value: unknown, at: number, by: unknown): unknown {
  const copy = structuredClone(value);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (part: unknown) => {
    if (typeof part !== 'object' || part === null) return;
    const holder = part as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      walk(holder[key]);
    }
  };
  walk(copy);
  const place = places[at % (places.length + 1)];
  if (!place) return by;
  place.holder[place.key] = by;
  return copy;
}

/** The same with fields in every object that no reader knows. */
export function withUnknownFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withUnknownFields);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, part]) => [key, withUnknownFields(part)]);
  return {
    ...Object.fromEntries(fields),
    added_by_a_later_release: { some: ['thing'], url: 'https://evil.test' },
  };
}
