import type { Sender } from '../sender.ts';
import { acr } from './acr.ts';
import { artifactory } from './artifactory.ts';
import { distribution } from './distribution.ts';
import { dockerHub } from './docker-hub.ts';
import { ecr } from './ecr.ts';
import { eventGrid } from './event-grid.ts';
import { github } from './github.ts';
import { google } from './google.ts';
import { harbor } from './harbor.ts';
import { nexus } from './nexus.ts';
import { quay } from './quay.ts';
import { zot } from './zot.ts';

/** Every product whose notifications are read. No notification is one of two of them. */
export const senders: readonly Sender[] = [
  acr,
  artifactory,
  distribution,
  dockerHub,
  ecr,
  eventGrid,
  github,
  google,
  harbor,
  nexus,
  quay,
  zot,
];
