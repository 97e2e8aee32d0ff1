/** What stands in an XML document, in order. Names are without the prefix of their namespace. */
export type XmlEvent =
  | { readonly kind: 'open' | 'close'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string };

/** Elements in elements; a CycloneDX document has a dozen. */
const maxDepth = 200;

const openTag = /<([^\s<>/!?]{1,256})(?:\s+[^\s<>=/]{1,256}\s*=\s*(?:"[^"<]*"|'[^'<]*')){0,200}\s*(\/?)>/y;
const closeTag = /<\/([^\s<>/]{1,256})\s*>/y;

/**
 * Yields the elements and texts of an XML document (w3.org/TR/xml). Throws on what is not well-formed, on absurd depth, and
 * on a document type, for entities of one's own are what XML bombs are made of. Attributes are passed over.
 */
export function* xmlEvents(document: string): Generator<XmlEvent> {
  const open: string[] = [];
  for (let at = 0; at < document.length;) {
    const mark = document.indexOf('<', at);
    const end = mark < 0 ? document.length : mark;
    if (end > at) yield { kind: 'text', text: unescaped(document.slice(at, end)) };
    if (mark < 0) break;
    if (document.startsWith('<!--', mark)) at = after(document, '-->', mark);
    else if (document.startsWith('<?', mark)) at = after(document, '?>', mark);
    else if (document.startsWith('<![CDATA[', mark)) {
      at = after(document, ']]>', mark);
      yield { kind: 'text', text: document.slice(mark + 9, at - 3) };
    } else if (document.startsWith('</', mark)) {
      const [whole, name = ''] = matchAt(closeTag, document, mark);
      if (open.pop() !== name) throw new Error('An element is closed that is not open');
      yield { kind: 'close', name: local(name) };
      at = mark + whole.length;
    } else {
      const [whole, name = '', isEmpty] = matchAt(openTag, document, mark);
      yield { kind: 'open', name: local(name) };
      if (isEmpty) yield { kind: 'close', name: local(name) };
      else if (open.push(name) > maxDepth) throw new Error('The document nests absurdly deep');
      at = mark + whole.length;
    }
  }
  if (open.length > 0) throw new Error('The document ends within an element');
}

function matchAt(pattern: RegExp, document: string, at: number): RegExpExecArray {
  pattern.lastIndex = at;
  const found = pattern.exec(document);
  // A document type is no element either.
  if (!found) throw new Error('The document is not well-formed, or has a document type');
  return found;
}

function after(document: string, mark: string, from: number): number {
  const at = document.indexOf(mark, from);
  if (at < 0) throw new Error('The document ends within a comment or a section');
  return at + mark.length;
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const entities: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** The five entities that XML has by itself, and characters by number; others stay as they are written. */
function unescaped(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w{2,4});/g, (whole, name: string) => {
    if (!name.startsWith('#')) return entities.get(name) ?? whole;
    const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
