/** A package URL with its parts decoded (github.com/package-url/purl-spec). */
export type Purl = {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly qualifiers: Readonly<Record<string, string>>;
};

/** Reads a package URL; undefined for what is none. */
export function readPurl(text: string): Purl | undefined {
  const [, written = '', rest = ''] = /^pkg:\/*([a-z][a-z0-9.+-]*)\/(.+)$/is.exec(text) ?? [];
  const type = written.toLowerCase();
  const [beforeFragment = ''] = rest.split('#', 1);
  const [path = ''] = beforeFragment.split('?', 1);
  // The `@` of a scope (`pkg:npm/@angular/core`) stands at the start of a segment.
  const [, named = path, version = ''] = /^(.*[^/])@([^/]*)$/s.exec(path) ?? [];
  try {
    const segments = named
      .split('/')
      .filter(Boolean)
      .map((segment) => decodeURIComponent(segment));
    const name = segments.pop();
    if (type === '' || name === undefined) return undefined;
    return {
      type,
      namespace: lowered(type, segments.join('/')),
      name: type === 'pypi' ? name.toLowerCase().replaceAll('_', '-') : lowered(type, name),
      version: decodeURIComponent(version),
      qualifiers: qualifiersOf(beforeFragment.slice(path.length + 1)),
    };
  } catch {
    return undefined;
  }
}

/** The purl of a package without version, qualifiers and subpath; undefined for what is no purl. */
export function purlName(text: string): string | undefined {
  const purl = readPurl(text);
  return purl && writeName(purl, purl.name);
}

/** Writes a package without version, qualifiers and subpath. */
export function writeName({ type, namespace }: Pick<Purl, 'type' | 'namespace'>, name: string): string {
  const segments = [...namespace.split('/').filter(Boolean), name];
  return `pkg:${type}/${segments.map(encoded).join('/')}`;
}

/** Types whose names are lower-case. */
const lowerTypes: ReadonlySet<string> = new Set(['deb', 'apk', 'bitbucket', 'github', 'composer', 'hex']);

function lowered(type: string, text: string): string {
  return lowerTypes.has(type) ? text.toLowerCase() : text;
}

/** A colon is written as it is. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%3A', ':');
}

function qualifiersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split('&').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at <= 0 ? [] : [[pair.slice(0, at).toLowerCase(), decodeURIComponent(pair.slice(at + 1))]];
    }),
  );
}
