import { textLines } from '../analyzers/text-lines.ts';
import type { Claim } from './read-sbom.ts';

/** Whether a text is SPDX as lines of `Tag: value`; the first tag is always this one, after comments. */
export function isSpdxTags(head: string): boolean {
  for (const line of textLines(head)) {
    const words = line.trim();
    if (words !== '' && !words.startsWith('#')) return words.startsWith('SPDXVersion:');
  }
  return false;
}

/**
 * Yields the packages of SPDX 2 in tag-value form (spdx.github.io/spdx-spec/v2.3, "Tag-value format"): one begins with
 * `PackageName:`, and a file, snippet or relationship after it says nothing of it. Texts of several lines, between
 * `<text>` marks, are passed over.
 */
export function* spdxTagPackages(text: string): Generator<Claim> {
  let version: string | undefined;
  let purls: string[] = [];
  let isInText = false;
  let isInPackage = false;
  const ended = function* (): Generator<Claim> {
    for (const purl of purls) yield { purl, version };
    version = undefined;
    purls = [];
  };
  for (const line of textLines(text)) {
    if (isInText) {
      isInText = !line.includes('</text>');
      continue;
    }
    const [, tag, value = ''] = /^([A-Za-z]+):\s{0,9}(.*)$/.exec(line) ?? [];
    if (tag === undefined) continue;
    isInText = value.startsWith('<text>') && !value.includes('</text>');
    if (tag === 'PackageName' || tag === 'FileName' || tag === 'SnippetSPDXID') {
      yield* ended();
      isInPackage = tag === 'PackageName';
    } else if (isInPackage && tag === 'PackageVersion') version = value.trim();
    else if (isInPackage && tag === 'ExternalRef') {
      const purl = /^PACKAGE[-_]MANAGER\s{1,9}purl\s{1,9}(\S+)/.exec(value)?.[1];
      if (purl !== undefined) purls.push(purl);
    }
  }
  yield* ended();
}
