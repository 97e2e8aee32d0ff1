export { distroOf } from './distro.ts';
export type { PackageContext } from './package-context.ts';
export { schemeOf, schemes, type Scheme } from './schemes/index.ts';
