import type { Feed } from '../feed.ts';
import { csaf } from './csaf.ts';
import { cyclonedx } from './cyclonedx.ts';
import { epss } from './epss.ts';
import { github } from './github.ts';
import { kev } from './kev.ts';
import { openvex } from './openvex.ts';
import { osv } from './osv.ts';

/** Every format; the first that recognizes a file reads it. */
export const feeds: readonly Feed[] = [epss, kev, openvex, csaf, cyclonedx, github, osv];
