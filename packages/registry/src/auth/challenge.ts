/** One way to authenticate that a server offers. Scheme and parameter names are in lower case. */
export type Challenge = { readonly scheme: string; readonly parameters: Readonly<Record<string, string>> };

/**
 * Reads `WWW-Authenticate` headers (RFC 9110, 11.6.1): several headers, several schemes in one, quoted and bare values.
 * Never throws; what cannot be read is passed over. Of a parameter given twice the first counts.
 */
export function parseChallenges(headers: string | readonly string[] | undefined): Challenge[] {
  return [headers ?? []].flat().flatMap(parseHeader);
}

const separators = /[\s,]*/y;
const word = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const equals = /[ \t]*=[ \t]*/y;
const quoted = /"((?:[^"\\]|\\[^])*)"?/y;
const bare = /[^\s,"]*/y;

function parseHeader(text: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  let position = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (match) position = pattern.lastIndex;
    return match;
  };
  for (take(separators); position < text.length; take(separators)) {
    const name = take(word)?.[0].toLowerCase();
    if (name === undefined) {
      position++;
    } else if (take(equals)) {
      const value = take(quoted)?.[1]?.replace(/\\([^])/g, '$1') ?? take(bare)?.[0] ?? '';
      const parameters = found.at(-1)?.parameters;
      if (parameters && !Object.hasOwn(parameters, name)) parameters[name] = value;
    } else {
      found.push({ scheme: name, parameters: Object.create(null) as Record<string, string> });
    }
  }
  return found;
}
