/** What comes with something larger, and how to get another version of it. */
type Carrier = { readonly name: string; readonly isOptional?: true };

/** What the runtimes bring with them, by the type of the packages and what holds these. */
const carriers: Readonly<Record<string, Readonly<Record<string, Carrier>>>> = {
  npm: {
    npm: { name: 'Node.js', isOptional: true },
    corepack: { name: 'Node.js', isOptional: true },
  },
  pypi: { ensurepip: { name: 'Python' } },
  gem: { ruby: { name: 'Ruby' } },
  cran: { r: { name: 'R' } },
};

/**
 * How to get rid of an issue of a package that cannot be upgraded by itself, because it is part of something larger; undefined
 * for what can.
 * @param nestedIn what holds the package: a tool (`npm`), a runtime, the name or purl of another package or archive
 */
export function remedyOf(
  { type, name }: { readonly type: string; readonly name: string },
  nestedIn: string | undefined,
): string | undefined {
  const tools = Object.hasOwn(carriers, type) ? (carriers[type] ?? {}) : {};
  // The tool itself comes the same way.
  const holder = nestedIn ?? (Object.hasOwn(tools, name) ? name : undefined);
  if (holder === undefined) return undefined;
  const carrier = Object.hasOwn(tools, holder) ? tools[holder] : undefined;
  if (!carrier) return `Upgrade ${holder}, which contains it`;
  const other = carrier.isOptional ? `, or remove ${holder} from the image where it is not needed` : '';
  const held = holder === carrier.name.toLowerCase() ? 'it' : holder;
  return `Upgrade ${carrier.name} (or the image that brings it), which comes with ${held}${other}`;
}
