export { AdvisoriesError, type AdvisoriesErrorCode } from './advisories-error.ts';
export type { BundleFile, BundleManifest } from './bundle/manifest.ts';
export { manifestOf } from './bundle/open-bundle.ts';
export { writeBundle } from './bundle/write-bundle.ts';
export type {
  EpssScore,
  ExploitedVulnerability,
  VexDocument,
  VexProduct,
  VexStatement,
  VexStatus,
} from './enrichment.ts';
export type { Fault, FeedItem, FeedKind, FeedOptions, FeedPart, Known, Reading } from './feed.ts';
export { itemsOf, openFeed } from './open-feed.ts';
export { readVexDocument } from './read-vex.ts';
export { readOsvRecord } from './read-osv-record.ts';
export { vexWriters, type VexContents } from './write-vex.ts';
