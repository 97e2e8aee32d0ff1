/** How one program tells its version. */
export type KnownProgram = {
  /** The package's name. */
  readonly name: string;
  /** The purl type; `generic` by default. */
  readonly type?: string;
  /** Whole names of its files, libraries that hold the program included. */
  readonly files: RegExp;
  /**
   * A text, as rare as possible, that stands before the version or begins it; `named` is what `files` captured.
   * Without one, texts that are nothing but a version are taken: slow, for rare programs only.
   */
  readonly anchor?: (named: string) => string;
  /** Matched from `before` bytes ahead of the anchor on; `version` is captured by name, or three numbers are. */
  readonly pattern: RegExp;
  /** Bytes ahead of the anchor that the pattern needs. */
  readonly before?: number;
  /** What the version begins with in purls of its type. */
  readonly prefix?: string;
};

/** A release as most write it: `1.2.3`, `1.2`, `1.25.3-rc1`. */
const release = String.raw`\d+(?:\.\d+){1,3}(?:-?(?:alpha|beta|rc)\.?\d{0,3})?`;
/** A text of its own, with nothing but the release in it. */
const loneRelease = new RegExp(String.raw`^v?(?<version>\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d{1,3})?)\0`);
const after = (text: string, following = '') => new RegExp(`^${text}(?<version>${release})${following}`);
const anchored = (text: string) => ({ anchor: () => text });

/** What is looked for, each in the words that the program's own source puts into it. */
const programs: readonly KnownProgram[] = [
  {
    name: 'node',
    files: /^node(?:js)?$|^libnode\.so[\d.]*$/,
    ...anchored('node.js/v'),
    pattern: after(String.raw`node\.js/v`),
  },
  {
    // `OpenJDK 64-Bit Server VM (25.392-b08) for linux-amd64 JRE (1.8.0_392-b08), built on ..`
    name: 'openjdk',
    files: /^libjvm\.so$/,
    ...anchored('JRE ('),
    pattern: /^JRE \((?<version>\d+(?:[._]\d+)*)/,
  },
  {
    // `Py_GetVersion` prints the bare text; a linker may have made it the end of a longer one.
    name: 'python',
    files: /^(?:lib)?python(\d\.\d{1,2})m?(?:\.so[\d.]*)?$/,
    anchor: (minor) => `${minor}.`,
    before: 1,
    pattern: /^[^\d.](?<version>\d\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0/,
  },
  {
    name: 'ruby',
    files: /^(?:ruby[\d.]*|libruby[-\d.]*\.so[\d.]*)$/,
    ...anchored('ruby '),
    pattern: /^ruby (?<version>\d+\.\d+\.\d+)(?:p\d{1,4}|dev|preview\d|rc\d)? \(\d{4}-/,
  },
  {
    name: 'php',
    files: /^(?:php(?:-fpm|-cgi|dbg)?[\d.]*|libphp[\d.]*\.so)$/,
    ...anchored('PHP/'),
    pattern: after('PHP/'),
  },
  {
    name: 'perl',
    files: /^(?:perl[\d.]*|libperl\.so[\d.]*)$/,
    ...anchored('This is perl '),
    pattern: /^This is perl (\d), version (\d{1,3}), subversion (\d{1,3})/,
  },
  {
    name: 'nginx',
    files: /^nginx(?:-debug)?$/,
    ...anchored('nginx version: nginx/'),
    pattern: after('nginx version: nginx/'),
  },
  {
    name: 'httpd',
    files: /^(?:httpd|apache2)$/,
    ...anchored('Apache/'),
    pattern: /^Apache\/(?<version>\d+\.\d+\.\d+)/,
  },
  {
    // The version, who built it or when, and a commit, without anything between: `7.2.4` `host-1709070000` `0` `00000000`.
    name: 'redis',
    files: /^redis-(?:server|check-rdb)$/,
    ...anchored('000000000\0'),
    before: 100,
    pattern:
      /(?<![\d.])(?<version>\d{1,2}\.\d{1,2}\.\d{1,2}?)(?:[0-9a-f]{12}-|[a-zA-Z][\w.-]{0,63}-)?1\d{9}0{9}\0/,
  },
  {
    name: 'postgresql',
    files: /^postgres$/,
    ...anchored('postgres (PostgreSQL) '),
    pattern: /^postgres \(PostgreSQL\) (?<version>\d+(?:\.\d+){1,2}|\d+(?:beta|rc)\d+)/,
  },
  {
    name: 'busybox',
    files: /^busybox(?:\.\w+)?$/,
    ...anchored('BusyBox v'),
    pattern: after('BusyBox v'),
  },
  {
    name: 'openssl',
    files: /^(?:openssl|libcrypto\.so[\d.]*)$/,
    ...anchored('OpenSSL '),
    pattern: /^OpenSSL (?<version>\d+\.\d+\.\d+[a-z]{0,2})(?:-[a-z0-9]+)? +\d{1,2} [A-Z][a-z]{2} \d{4}/,
  },
  {
    name: 'curl',
    files: /^(?:curl|libcurl(?:-gnutls|-nss)?\.so[\d.]*)$/,
    ...anchored('curl/'),
    pattern: after('curl/'),
  },
  {
    name: 'bash',
    files: /^bash$/,
    ...anchored('@(#)Bash version '),
    pattern: after(String.raw`@\(#\)Bash version `),
  },
  {
    name: 'haproxy',
    files: /^haproxy$/,
    ...anchored('version '),
    pattern: after('version ', String.raw`[^\0\n]{0,80}?(?:, released)? \d{4}/\d\d/\d\d`),
  },
  {
    name: 'github.com/traefik/traefik',
    type: 'golang',
    prefix: 'v',
    files: /^traefik$/,
    pattern: loneRelease,
  },
  {
    // In the page that the program serves.
    name: 'github.com/hashicorp/consul',
    type: 'golang',
    prefix: 'v',
    files: /^consul$/,
    ...anchored('CONSUL_VERSION: '),
    pattern: after('CONSUL_VERSION: '),
  },
  {
    name: 'github.com/hashicorp/vault',
    type: 'golang',
    prefix: 'v',
    files: /^vault$/,
    pattern: loneRelease,
  },
];

/** The program that a file is by its name, and what of the name its version is looked for with. */
export function knownProgram(path: string): { program: KnownProgram; named: string } | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name.length > 64) return undefined;
  for (const program of programs) {
    const match = program.files.exec(name);
    if (match) return { program, named: match[1] ?? '' };
  }
  return undefined;
}
