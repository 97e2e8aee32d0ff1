/** Drops what PostgreSQL stores in no text and no jsonb; a hostile image may hold some. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
