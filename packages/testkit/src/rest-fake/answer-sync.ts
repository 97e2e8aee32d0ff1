import { PrunedProject, SyncRun, SyncSchedule, SyncSchedulePatch } from '@plimsoll/contracts';
import { addSyncRun } from './add-registry.ts';
import { document, type Listing, problem, type RestAnswer } from './rest-routes.ts';
import type { RestWorld } from './rest-world.ts';

/** What the fake knows of a sync, for `GET` of a list below an integration. */
export function syncListing(world: RestWorld, integrationId: string, rest: string): Listing | undefined {
  const runs = world.syncRuns.get(integrationId) ?? [];
  if (rest === 'sync_runs') return { schema: SyncRun, rows: runs };
  const [, runId = ''] = /^sync_runs\/([^/]+)\/prune$/.exec(rest) ?? [];
  return runs.some(({ id }) => id === runId)
    ? { schema: PrunedProject, rows: world.pruned.get(runId) ?? [] }
    : undefined;
}

/** Answers what is asked about the sync of an integration, and does what is wished; undefined for other paths. */
export function answerSync(
  world: RestWorld,
  method: string,
  integrationId: string,
  rest: string,
  body: unknown,
): RestAnswer | undefined {
  if (rest === 'sync') return schedule(world, integrationId, method, body);
  const runs = world.syncRuns.get(integrationId) ?? [];
  if (rest === 'sync_runs' && method === 'POST') return start(world, integrationId, runs[0]);
  const [, runId, action] = /^sync_runs\/([^/]+)(?:\/(cancel|prune\/confirm|prune\/undo))?$/.exec(rest) ?? [];
  if (runId === undefined) return undefined;
  const run = runs.find(({ id }) => id === runId);
  if (!run) return problem(404, 'There is no such run');
  return action === undefined ? document(SyncRun, run) : act(world, run, action);
}

function start(world: RestWorld, integrationId: string, last: SyncRun | undefined): RestAnswer {
  if (world.paused.has(integrationId)) return problem(409, 'The sync of this integration rests');
  if (last && ['pending', 'listing', 'scanning'].includes(last.attributes.status)) {
    return problem(409, 'A sync of this registry is running already');
  }
  return { ...document(SyncRun, addSyncRun(world, integrationId, { status: 'listing' })), status: 201 };
}

function schedule(world: RestWorld, integrationId: string, method: string, body: unknown): RestAnswer {
  if (method === 'PATCH') {
    if (SyncSchedulePatch.parse(body).data.attributes.paused) world.paused.add(integrationId);
    else world.paused.delete(integrationId);
  }
  const now = new Date().toISOString();
  const paused = world.paused.has(integrationId);
  const attributes = { paused, ...(paused && { paused_at: now }), next_run_at: now };
  return document(SyncSchedule, { id: integrationId, type: 'sync_schedule', attributes });
}

function act(world: RestWorld, run: SyncRun, action: string): RestAnswer {
  const { attributes } = run;
  if (action === 'cancel') {
    attributes.status = 'cancelled';
    attributes.finished_at = new Date().toISOString();
    return document(SyncRun, run);
  }
  const projects = world.pruned.get(run.id) ?? [];
  const isConfirmed = action === 'prune/confirm';
  attributes.prune = {
    state: isConfirmed ? 'pruned' : 'undone',
    ...(isConfirmed && { undo_until: new Date(Date.now() + 7 * 86_400_000).toISOString() }),
  };
  attributes.counts.held = 0;
  attributes.counts[isConfirmed ? 'pruned' : 'restored'] = projects.length;
  for (const project of projects) project.attributes.state = isConfirmed ? 'pruned' : 'restored';
  return { ...document(SyncRun, run), status: 202 };
}
