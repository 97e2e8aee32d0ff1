import { isWord } from '../analyzer.ts';

/** Maven's coordinates: `name` is `group:artifact`, or the artifact alone where no group is known. */
export type Coordinates = { readonly name: string; readonly version: string };

/** Reads `pom.properties`, which Maven puts into what it builds (maven.apache.org, "Maven Archiver"). */
export function readPomProperties(text: string): Coordinates | undefined {
  const value = (key: string) => new RegExp(`^${key}\\s{0,9}[=:](.*)$`, 'm').exec(text)?.[1]?.trim();
  const [group, artifact, version] = [value('groupId'), value('artifactId'), value('version')];
  if (!isWord(group) || !isWord(artifact) || !isWord(version)) return undefined;
  return { name: `${group}:${artifact}`, version };
}

/** `name-1.2.jar`, at the first dash before a digit; a classifier stays in the version. */
const versionedName = /^(.+?)-(\d[^/]*)$/;

/**
 * Guesses from the manifest (Oracle, "JAR File Specification") and the name of the file, when no build tool left
 * coordinates. A group is only taken where the manifest names one: without it, no advisory is matched.
 */
export function guessCoordinates(fileName: string, manifest: string): Coordinates | undefined {
  const fields = manifestFields(manifest);
  const [, named, namedVersion] = versionedName.exec(fileName.replace(/\.\w+$/, '')) ?? [];
  const artifact =
    named ?? fields.get('implementation-title') ?? fields.get('bundle-symbolicname')?.split(';')[0];
  const version = namedVersion ?? fields.get('implementation-version') ?? fields.get('bundle-version');
  const group = fields.get('implementation-vendor-id');
  if (!isWord(artifact) || !isWord(version) || /[:/]/.test(artifact)) return undefined;
  return { name: isWord(group) && !group.includes(':') ? `${group}:${artifact}` : artifact, version };
}

/** The main section of a manifest, names in lower case; a line that begins with a space continues the one before. */
function manifestFields(manifest: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of manifest.replace(/\r?\n /g, '').split(/\r?\n/)) {
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}
