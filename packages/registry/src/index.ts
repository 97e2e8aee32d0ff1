export { RateBudgets } from './http/rate-budgets.ts';
export type { PageRequest } from './listing/list-pages.ts';
export { defaultLimits, type RegistryLimits } from './limits.ts';
export type { BlobDescriptor } from './oci/blob-stream.ts';
export type { Resolved } from './oci/manifests.ts';
export type { LayerDescriptor, RegistryImage } from './oci/read-image.ts';
export { openRegistry, type Registry, type RegistryOptions } from './open-registry.ts';
export { accountOf } from './providers/index.ts';
export { RegistryError, type RegistryErrorCode } from './registry-error.ts';
