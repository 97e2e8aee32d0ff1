export { acrAuthentication, acrExchange, acrRoutes } from './acr.ts';
export type { Answer } from './answer.ts';
export { artifactoryRoutes } from './artifactory.ts';
export { addImage, addManifest, createContent, readLayout, tagsOf, type RegistryContent } from './content.ts';
export { digitaloceanRoutes } from './digitalocean.ts';
export { dockerHubRoutes } from './docker-hub.ts';
export { ecrRoutes } from './ecr.ts';
export * from './faults.ts';
export { githubRoutes } from './github.ts';
export { gitlabAuthentication, gitlabRegistryRoutes, gitlabRoutes } from './gitlab.ts';
export { googleRoutes, googleTags } from './google.ts';
export { harborRoutes } from './harbor-routes.ts';
export { nexusRoutes } from './nexus.ts';
export { quayCatalog, quayRoutes } from './quay.ts';
export {
  serveLayout,
  startTestRegistry,
  type RecordedRequest,
  type TestRegistry,
  type TestRegistryOptions,
} from './start-test-registry.ts';
export { zotRoutes } from './zot.ts';
