import type { Opinion } from '../candidate.ts';

/** Combines opinions two by two. Most candidates get the same two as the one before: then the answer is the same object. */
export function pairing(combine: (a: Opinion, b: Opinion) => Opinion): (a: Opinion, b: Opinion) => Opinion {
  let last: { readonly a: Opinion; readonly b: Opinion; readonly both: Opinion } | undefined;
  return (a, b) => {
    if (last?.a !== a || last.b !== b) last = { a, b, both: combine(a, b) };
    return last.both;
  };
}
