import type { Feed } from '../feed.ts';
import { osv } from './osv.ts';

/** Every kind of feed. */
export const feeds: readonly Feed[] = [osv];
