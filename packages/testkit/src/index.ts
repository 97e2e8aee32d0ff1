export * from './attachments.ts';
export * from './image-builder.ts';
export * from './image-layout.ts';
export { makeCertificate, type TestCertificate } from './certificate.ts';
export * from './postgres.ts';
export type { DemoContent, DemoLayer } from './demo-images/demo-layer.ts';
export { writeDemoLayout } from './demo-images/write-demo-layout.ts';
export * from './registry/index.ts';
export { redHatVex } from './red-hat-vex.ts';
export { addRegistry, addSyncRun } from './rest-fake/add-registry.ts';
export { addRepository } from './rest-fake/add-repository.ts';
export { demoRestWorld } from './rest-fake/demo-rest-world.ts';
export { emptyRestWorld } from './rest-fake/rest-world.ts';
export { type RestFake, startRestFake } from './rest-fake/start-rest-fake.ts';
export { paxHeader, rawTar, type RawTarEntry } from './raw-tar.ts';
export { makeZip, type ArchiveFile } from './zip-archive.ts';
export {
  estargz,
  zstdChunked,
  type SeekableLayer,
  type SeekableOptions,
  type TableEntry,
} from './seekable-layers.ts';
