export { openLayerCache } from './cache/disk-layer-cache.ts';
export type { LayerCache } from './cache/layer-cache.ts';
export type { ImageDescription, ImageSource, LayerDescription } from './image-source.ts';
export { LayerReaders } from './layers/layer-readers.ts';
export { scanImage, type ScanOptions } from './scan-image.ts';
export { ScannerError, type ScannerErrorCode } from './scanner-error.ts';
export type { ImageChoice } from './sources/oci-layout.ts';
export { openAllPlatforms, openImageSource } from './sources/open-image-source.ts';
export { registrySource } from './sources/registry-source.ts';
