/** Writes a package name the way both sides are compared by (PyPI, NuGet and Packagist have more than one way). */
export function normalName(ecosystem: string, name: string): string {
  switch (ecosystem.split(':', 1)[0]) {
    case 'PyPI':
      return name.toLowerCase().replace(/[-_.]+/g, '-');
    case 'Go':
      // Module proxies write an upper-case letter as `!a` (go.dev/ref/mod#goproxy-protocol).
      return name.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
    case 'NuGet':
    case 'Packagist':
      return name.toLowerCase();
    default:
      return name;
  }
}

/**
 * Drops a suffix that is a repository's address (`Maven:https://..`): where a package was downloaded from is not
 * known of an image, and a record that names an address applies to packages of unknown origin too.
 */
export function normalEcosystem(ecosystem: string): string {
  return ecosystem.replace(/:https?:\/\/.*$/, '');
}
