/** What PostgreSQL can store of a text, in text and jsonb alike: no NUL, no halves of a character. A hostile image may hold some. */
export function storable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
