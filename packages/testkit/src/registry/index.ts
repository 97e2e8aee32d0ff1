export type { Answer } from './answer.ts';
export { addImage, addManifest, createContent, readLayout, tagsOf, type RegistryContent } from './content.ts';
export * from './faults.ts';
export { harborRoutes } from './harbor-routes.ts';
export {
  serveLayout,
  startTestRegistry,
  type RecordedRequest,
  type TestRegistry,
  type TestRegistryOptions,
} from './start-test-registry.ts';
