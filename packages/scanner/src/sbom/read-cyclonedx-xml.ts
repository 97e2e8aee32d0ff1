import type { Claim } from './read-sbom.ts';
import { xmlEvents } from './xml-events.ts';

/** Longest text of an element that is kept; purls are shorter. */
const maxTextLength = 8_192;

/** Where components stand: in the document's list, and in one another's. What else names purls, such as a pedigree, does not count. */
const componentPath = /^bom\/components\/component(?:\/components\/component)*$/;

/** Whether a text begins as a CycloneDX document in XML, after declarations and comments. */
export function isCycloneDxXml(head: string): boolean {
  return /<(?:\w+:)?bom\s[^>]*["']http:\/\/cyclonedx\.org\/schema\/bom\/1\.\d["']/.test(head);
}

/** Yields the components of CycloneDX in XML (cyclonedx.org/docs/1.6/xml), those inside others before these. */
export function* cycloneDxXmlComponents(document: string): Generator<Claim> {
  const open: { name: string; purl?: string; version?: string }[] = [];
  let text = '';
  for (const event of xmlEvents(document)) {
    if (event.kind === 'text') {
      if (text.length <= maxTextLength) text += event.text.slice(0, maxTextLength);
    } else if (event.kind === 'open') {
      open.push({ name: event.name });
      text = '';
    } else {
      const { name, purl, version } = open.pop()!;
      const around = open.at(-1);
      if (around?.name === 'component' && (name === 'purl' || name === 'version')) around[name] = text.trim();
      if (name === 'component' && purl !== undefined) {
        const path = [...open.map((one) => one.name), name].join('/');
        if (componentPath.test(path)) yield { purl, version };
      }
      text = '';
    }
  }
}
