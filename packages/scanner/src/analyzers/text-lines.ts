/**
 * The lines of a text, one at a time: a list of all lines of a hostile file takes thirty times its size, and the heap of
 * a thread ends in the middle of `split`, which takes the whole process along.
 */
export function* textLines(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(start, end > start && text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
  }
}
