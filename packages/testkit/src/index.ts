export * from './image-builder.ts';
export * from './image-layout.ts';
export * from './postgres.ts';
export type { DemoContent, DemoLayer } from './demo-images/demo-layer.ts';
export { writeDemoLayout } from './demo-images/write-demo-layout.ts';
