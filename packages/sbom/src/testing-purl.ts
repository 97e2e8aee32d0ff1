/** For tests: the official reader of package URLs. */
export { PackageURL } from 'packageurl-js';
