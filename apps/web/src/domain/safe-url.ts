/**
 * An address from an advisory as a link may carry it: http or https, and nothing that runs in this page.
 * Undefined for everything else.
 */
export function safeUrl(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || text.length > 2_048) return undefined;
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined;
  // `https://bank.example@evil.example` looks like another place than it is.
  return url.username || url.password ? undefined : url.href;
}
