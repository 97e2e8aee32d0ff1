/** A text that holds the version of a program. */
export type VersionText = {
  /**
   * What stands before the version or begins the text, as rare as possible; `named` is what `files` captured. Without
   * one, texts that are nothing but a version are taken, when there is a single one: slow, for rare programs only.
   */
  readonly anchor?: (named: string) => string;
  /** Matched from `before` bytes ahead of the anchor on; `version` is captured by name, or numbers are in turn. */
  readonly pattern: RegExp;
  /** Bytes ahead of the anchor that the pattern needs. */
  readonly before?: number;
};

/** How one program tells its version. */
export type KnownProgram = {
  /** The package's name. */
  readonly name: string;
  /** The purl type; `generic` by default. */
  readonly type?: string;
  /** Whole names of its files, libraries that hold the program included; `beginnings` tells how they begin. */
  readonly files: RegExp;
  /** The first of them that is found counts. */
  readonly texts: readonly VersionText[];
  /** What the version begins with in purls of its type. */
  readonly prefix?: string;
};

/** A release as most write it: `1.2.3`, `1.2`, `1.25.3-rc1`. */
const release = String.raw`\d+(?:\.\d+){1,3}(?:-?(?:alpha|beta|rc)\.?\d{0,3})?`;
/** Three numbers and no more, for texts that go on without a gap. */
const threeNumbers = String.raw`\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)\.?\d{1,3})?`;

/** The version follows a text. */
function after(text: string, version = release): VersionText {
  const literal = text.replace(/[()]/g, String.raw`\$&`);
  return { anchor: () => text, pattern: new RegExp(`^${literal}v?(?<version>${version})`) };
}

/** The version follows a text and has to look like this. */
function matching(text: string, pattern: RegExp, before = 0): VersionText {
  return { anchor: () => text, pattern, before };
}

const alone: VersionText = { pattern: new RegExp(String.raw`^v?(?<version>${threeNumbers})\0`) };

/** What is looked for, each in the words that the program's own source puts into it. */
const programs: readonly KnownProgram[] = [
  {
    // Before 6, Node.js did not write this text.
    name: 'node',
    files: /^node(?:js)?$|^libnode\.so[\d.]*$/,
    texts: [after('node.js/v')],
  },
  {
    // `OpenJDK 64-Bit Server VM (25.392-b08) for linux-amd64 JRE (1.8.0_392-b08), built on ..`
    name: 'openjdk',
    files: /^libjvm\.so$/,
    texts: [after('JRE (', String.raw`\d+(?:[._]\d+)*`)],
  },
  {
    // `Py_GetVersion` prints the bare text; a linker may have made it the end of a longer one.
    name: 'python',
    files: /^(?:lib)?python(\d\.\d{1,2})m?(?:\.so[\d.]*)?$/,
    texts: [
      {
        anchor: (minor) => `${minor}.`,
        before: 1,
        pattern: /^[^\d.](?<version>\d\.\d{1,2}\.\d{1,2}(?:(?:a|b|rc)\d{1,2})?)\+?\0/,
      },
    ],
  },
  {
    name: 'ruby',
    files: /^(?:ruby[\d.]*|libruby[-\d.]*\.so[\d.]*)$/,
    texts: [matching('ruby ', /^ruby (?<version>\d+\.\d+\.\d+)(?:p\d{1,4}|dev|preview\d|rc\d)? \(\d{4}-/)],
  },
  { name: 'php', files: /^(?:php(?:-fpm|-cgi|dbg)?[\d.]*|libphp[\d.]*\.so)$/, texts: [after('PHP/')] },
  {
    name: 'perl',
    files: /^(?:perl[\d.]*|libperl\.so[\d.]*)$/,
    texts: [
      matching('This is perl ', /^This is perl (\d), version (\d{1,3}), subversion (\d{1,3})/),
      after('/lib/perl5/', String.raw`5\.\d+\.\d+`),
    ],
  },
  {
    // OpenResty's first three numbers are those of the nginx in it.
    name: 'nginx',
    files: /^nginx(?:-debug)?$/,
    texts: ['nginx', 'openresty'].map((name) => after(`nginx version: ${name}/`, threeNumbers)),
  },
  { name: 'httpd', files: /^(?:httpd|apache2)$/, texts: [after('Apache/', threeNumbers)] },
  {
    // The version, who built it or when, and a commit, without anything between: `7.2.4` `host-1709070000` `0` `00000000`.
    name: 'redis',
    files: /^redis-(?:server|check-rdb)$/,
    texts: [
      matching(
        '000000000\0',
        /(?<![\d.])(?<version>\d{1,2}\.\d{1,2}\.\d{1,2}?)(?:[0-9a-f]{12}-|[a-zA-Z][\w.-]{0,63}-)?1\d{9}0{9}\0/,
        100,
      ),
      after('Redis version '),
    ],
  },
  {
    name: 'postgresql',
    files: /^postgres$/,
    texts: [
      after('postgres (PostgreSQL) ', String.raw`\d+(?:\.\d+){1,2}|\d+(?:\.\d+)?(?:alpha|beta|rc)\d+`),
      // A distribution or a machine follows; other texts tell what a release before could not do.
      matching(
        'PostgreSQL ',
        /^PostgreSQL (?<version>\d+(?:\.\d+){1,2}|\d+(?:\.\d+)?(?:alpha|beta|rc)\d+)(?: \(| on )/,
      ),
    ],
  },
  { name: 'busybox', files: /^busybox(?:\.\w+)?$/, texts: [after('BusyBox v')] },
  {
    name: 'openssl',
    files: /^(?:openssl|libcrypto\.so[\d.]*)$/,
    texts: [
      matching(
        'OpenSSL ',
        /^OpenSSL (?<version>\d+\.\d+\.\d+[a-z]{0,2}(?:-(?:alpha|beta)\d{1,2})?)(?:-[a-z]+)? +\d{1,2} [A-Z][a-z]{2} \d{4}/,
      ),
    ],
  },
  { name: 'curl', files: /^(?:curl|libcurl(?:-gnutls|-nss)?\.so[\d.]*)$/, texts: [after('curl/')] },
  { name: 'bash', files: /^bash$/, texts: [after('@(#)Bash version ')] },
  {
    name: 'haproxy',
    files: /^haproxy$/,
    texts: [
      matching(
        'version ',
        /^version (?<version>\d+\.\d+(?:\.\d+|-dev\d+)?)[^\0\n]{0,80}?(?:, released)? \d{4}\/\d\d\/\d\d/,
      ),
      matching(
        'HAProxy version follows',
        /[^\w.](?<version>\d+\.\d+(?:\.\d+|-dev\d+))(?:[-+][\w.+~-]{0,40})?\0{1,32}HAProxy version follows/,
        100,
      ),
    ],
  },
  { name: 'github.com/traefik/traefik', type: 'golang', prefix: 'v', files: /^traefik$/, texts: [alone] },
  {
    // The first is in the page that the program serves, the second among the flags it was built with.
    name: 'github.com/hashicorp/consul',
    type: 'golang',
    prefix: 'v',
    files: /^consul$/,
    texts: [after('CONSUL_VERSION: ', threeNumbers), after('version.GitDescribe=', threeNumbers), alone],
  },
  {
    // Go's linker puts texts of one length together, in their order; these are as long as the version, or as its file.
    name: 'github.com/hashicorp/vault',
    type: 'golang',
    prefix: 'v',
    files: /^vault$/,
    texts: [
      after('revoke', String.raw`\d\.\d\d\.\d`),
      after('0x%016x', String.raw`\d\.\d\d\.\d(?:\d|(?=\n))`),
      after('_state', String.raw`\d\.\d\d\.\d-rc\d`),
      alone,
    ],
  },
];

/** What the names of all these files begin with, `lib` left out. Asked of every path that a package owns. */
const beginnings = new Set(
  (
    'node jvm python ruby php perl nginx httpd apache2 redis postgres busybox openssl crypto curl bash haproxy ' +
    'traefik consul vault'
  )
    .split(' ')
    .map((word) => lettersAt(word, 0)),
);

/** The program that a file is by its name, and what of the name its version is looked for with. */
export function knownProgram(path: string): { program: KnownProgram; named: string } | undefined {
  const start = path.lastIndexOf('/') + 1;
  const letters = lettersAt(path, path.startsWith('lib', start) ? start + 3 : start);
  if (!beginnings.has(letters) || path.length - start > 64) return undefined;
  const name = path.slice(start);
  for (const program of programs) {
    const match = program.files.exec(name);
    if (match) return { program, named: match[1] ?? '' };
  }
  return undefined;
}

/** Three letters from a place on, as a number; a set of such is asked without making a text. */
function lettersAt(text: string, at: number): number {
  return (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2);
}
