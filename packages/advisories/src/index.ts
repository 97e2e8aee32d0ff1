export { AdvisoriesError, type AdvisoriesErrorCode } from './advisories-error.ts';
export type { Feed, FeedItem, FeedOptions, FeedPart } from './feed.ts';
export { openFeed } from './open-feed.ts';
export { readOsvRecord } from './read-osv-record.ts';
