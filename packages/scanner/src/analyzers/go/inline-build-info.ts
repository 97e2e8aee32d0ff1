/** Both as Go writes them: the version of the toolchain, and lines about the modules. */
export type BuildInfo = { readonly version: string; readonly modules: string };

const headerBytes = 32;
const flagsAt = 15;
const inlineFlag = 2;
/** The text of the modules stands between two marks of this size. */
const markBytes = 16;

/**
 * Reads build info from its magic on (golang/go, `debug/buildinfo`): a header of 32 bytes, then two texts with their
 * lengths. `pointers` is the form before Go 1.18; `incomplete` says that the bytes end too soon.
 */
export function readInlineBuildInfo(bytes: Buffer): BuildInfo | 'pointers' | 'incomplete' | undefined {
  if (bytes.length < headerBytes) return 'incomplete';
  const flags = bytes[flagsAt]!;
  if ((flags & inlineFlag) === 0) return [4, 8].includes(bytes[flagsAt - 1]!) ? 'pointers' : undefined;
  const version = readText(bytes, headerBytes);
  if (!version) return 'incomplete';
  if (!/^(?:go\d|devel )/.test(version.text.toString('latin1'))) return undefined;
  const modules = readText(bytes, version.end);
  if (!modules) return 'incomplete';
  return {
    version: version.text.toString('utf8'),
    modules: modules.text.subarray(markBytes, -markBytes).toString('utf8'),
  };
}

/** A length of seven bits a byte, lowest first, and as many bytes. */
function readText(bytes: Buffer, at: number): { text: Buffer; end: number } | undefined {
  let length = 0;
  let start = at;
  for (let shift = 1; ; shift *= 128) {
    const byte = bytes[start];
    if (byte === undefined || start - at > 4) return undefined;
    start += 1;
    length += (byte & 127) * shift;
    if (byte < 128) break;
  }
  const end = start + length;
  return end > bytes.length ? undefined : { text: bytes.subarray(start, end), end };
}
