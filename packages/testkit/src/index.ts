export * from './image-builder.ts';
export * from './image-layout.ts';
export * from './postgres.ts';
