/**
 * The purl of a package without version, qualifiers and subpath, as the database's function `purl_package` makes it:
 * `pkg:deb/debian/tar@1.34?arch=amd64` is `pkg:deb/debian/tar`.
 */
export function purlPackage(purl: string): string {
  // The `@` of a scope (`pkg:npm/@angular/core`) stands at the start of a segment.
  return purl.replace(/[?#].*$/s, '').replace(/([^/])@[^@/]*$/, '$1');
}
