/** Reads `NAME=value` lines in the way of a shell: os-release(5), lsb-release, the `release` file of a JDK. */
export function readAssignments(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim());
    if (match) fields.set(match[1]!, unquoted(match[2]!));
  }
  return fields;
}

/** Shell quoting: in double quotes a backslash escapes, in single quotes nothing does. */
function unquoted(value: string): string {
  if (value.length >= 2 && value.startsWith("'") && value.endsWith("'")) return value.slice(1, -1);
  if (value.length >= 2 && value.startsWith('"') && value.endsWith('"')) {
    return value.slice(1, -1).replace(/\\(["$`\\])/g, '$1');
  }
  return value;
}
