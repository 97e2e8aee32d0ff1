import { assert, integer, property, record, uuid } from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { makeIssueId, readIssueId } from './issue-id.ts';

const ids = record({
  projectNumber: integer({ min: 1, max: 0x7fffffff }),
  findingId: integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
});

it('reads back what it was made of', () => {
  assert(
    property(ids, ({ projectNumber, findingId }) => {
      expect(readIssueId(makeIssueId(projectNumber, findingId))).toEqual({ projectNumber, findingId });
    }),
  );
});

it('makes UUIDs', () => {
  assert(
    property(
      ids,
      ({ projectNumber, findingId }) => z.uuid().safeParse(makeIssueId(projectNumber, findingId)).success,
    ),
  );
});

it('reads no other UUID', () => {
  assert(
    property(uuid({ version: [1, 4, 7] }), (id) => {
      expect(readIssueId(id)).toBeUndefined();
    }),
  );
});
