import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { integrationsWithImageChanges } from '../projects/image-change-store.ts';
import { unfinishedRun } from '../sync/sync-store.ts';
import { channelRoutes } from './channel-routes.ts';
import { deliverJob, type Deliverer } from './deliver.ts';
import { sweepDeliveries } from './delivery-store.ts';
import { tellOfAdvisories, tellOfImages } from './digests.ts';
import type { NotificationsDeps } from './notifications-deps.ts';
import { createPost } from './post.ts';
import { createSeal } from './seal.ts';
import { createSenders } from './senders/index.ts';
import { tryChannel } from './try-channel.ts';
import { v1WebhookRoutes } from './v1-webhook-routes.ts';

export type { NotificationSettings } from './notifications-deps.ts';

const names = {
  images: 'notifications.tell-of-images',
  advisories: 'notifications.tell-of-advisories',
  tick: 'notifications.tick',
} as const;

/** Matching has come to rest when no finding has changed for so long, seconds. */
const quietSeconds = 60;
/** Images that were read without a sync run are told of when no other came for so long, seconds. */
const settledSeconds = 120;

const ImagesJob = z.object({ integrationId: z.uuid(), runId: z.uuid().optional() });

export type Notifications = {
  readonly routes: FastifyPluginAsync;
  readonly jobs: readonly JobDefinition[];
  /** A sync run has ended: tells what is new, once for the run. Enqueued in the transaction that ends it. */
  readonly runEnded: (
    transaction: Kysely<Database>,
    run: { readonly id: string; readonly integrationId: string },
  ) => Promise<void>;
  /** Findings have changed because advisories did: tells what is new, once they come to rest. */
  readonly findingsChanged: () => Promise<void>;
};

/** Tells organizations of new issues, in one message per run, where they want to be told. */
export function createNotifications(deps: NotificationsDeps): Notifications {
  const { db, jobs, settings } = deps;
  const { encryptionKeys = [], networks = [], mailServer, resolve, proxy } = settings;
  const { post, refusalOf } = createPost({ allowedNetworks: networks, resolve, proxy });
  const deliverer: Deliverer = {
    senders: createSenders(post, mailServer),
    seal: encryptionKeys.length > 0 ? createSeal(encryptionKeys) : undefined,
  };
  const routesDeps = {
    db,
    maker: { seal: deliverer.seal, refusalOf },
    tryChannel: (...[channel, signal]: Parameters<Parameters<typeof channelRoutes>[0]['tryChannel']>) =>
      tryChannel(deps, deliverer, channel, signal),
  };
  const findingsChanged = async () =>
    await jobs.send(names.advisories, {}, { singletonKey: 'all', startAfterSeconds: quietSeconds + 1 });

  const definitions: JobDefinition[] = [
    deliverJob(deps, deliverer),
    define({
      name: names.images,
      data: ImagesJob,
      handle: ({ integrationId, runId }) => tellOfImages(deps, integrationId, runId),
    }),
    define({
      name: names.advisories,
      data: z.object({}),
      async handle() {
        if (!(await tellOfAdvisories(deps, quietSeconds))) await findingsChanged();
      },
    }),
    define({
      name: names.tick,
      data: z.object({}),
      cron: '*/5 * * * *',
      async handle() {
        for (const integrationId of await integrationsWithImageChanges(db, settledSeconds)) {
          // A run tells of its images itself, all at once.
          if ((await unfinishedRun(db, integrationId)) !== undefined) continue;
          await jobs.send(names.images, { integrationId }, { singletonKey: integrationId });
        }
        await findingsChanged();
        await sweepDeliveries(db);
      },
    }),
  ];
  return {
    routes: async (app) => {
      await app.register(channelRoutes(routesDeps));
      for (const prefix of ['/v1', '/api/v1']) await app.register(v1WebhookRoutes(routesDeps, prefix));
    },
    jobs: definitions,
    runEnded: (transaction, { id: runId, integrationId }) =>
      jobs.send(names.images, { integrationId, runId }, { singletonKey: runId, transaction }),
    findingsChanged,
  };
}

function define<T>(
  job: Pick<JobDefinition<T>, 'name' | 'data' | 'handle'> & { cron?: string },
): JobDefinition<T> {
  // One at a time: two would wait for each other.
  return { ...job, concurrency: 1, retries: 5, expireInSeconds: 600 };
}
