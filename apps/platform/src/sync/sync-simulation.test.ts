import { imageTime, imageName, type Candidate } from '@plimsoll/policy';
import { createTestDatabase } from '@plimsoll/testkit';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentCallError } from '../broker-server/agent-client.ts';
import { startModel } from './testing-model.ts';
import { anyRules } from './testing-policies.ts';
import { digestOf } from './testing-agent.ts';
import { startSimulation, type Simulation } from './testing-simulation.ts';

// Random registries in which people push, move and delete tags and whole repositories, policies that change, listings
// that fail or break off, limits, runs that rest or are cancelled, projects deleted by hand, prunes confirmed and undone, and processes that die at any statement:
// after each run the projects are what a model says that fits on a page, no digest was read twice, and nothing was
// deleted that was not to be. An action, a run and a death are a step each.

const stepsWanted = 10_000;

let simulation: Simulation;

beforeAll(async () => {
  simulation = await startSimulation(await createTestDatabase());
});

afterAll(() => simulation.stop());

const repositories = ['team/a', 'team/b', 'c', 'd'];
const place = {
  repository: fc.constantFrom(...repositories),
  tag: fc.constantFrom('v1', 'v2', 'v3', '1.2.0'),
};

const anyAction = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      ...place,
      digest: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f').map(digestOf),
      /** Days before now, when the registry tells; a push after the policy was set is one day ahead. */
      age: fc.option(fc.constantFrom(-1, 1, 5, 20), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), repository: place.repository }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('by hand' as const), ...place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('confirm' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('policy' as const), rules: anyRules, deletes: fc.boolean() }),
  },
);
type Action = typeof anyAction extends fc.Arbitrary<infer T> ? T : never;

const anyCrashes = fc.array(fc.record({ statement: fc.integer({ min: 1, max: 70 }), isDone: fc.boolean() }), {
  maxLength: 2,
});

const anyRound = fc.record({
  actions: fc.array(anyAction, { minLength: 1, maxLength: 14 }),
  /** Repositories that cannot be listed, or only so many tags of them. */
  faults: fc.dictionary(fc.constantFrom(...repositories), fc.constantFrom(0, 2), { maxKeys: 1 }),
  crashes: anyCrashes,
  limit: fc.constantFrom(1, 3, 10_000, 10_000),
  rests: fc.constantFrom(true, false, false, false),
  cancels: fc.constantFrom(true, false, false, false, false),
});

it('comes to what the model says after any history, whatever dies on the way', async () => {
  const steps = { actions: 0, runs: 0, deaths: 0, cancels: 0 };
  const sum = () => steps.actions + steps.runs + steps.deaths;
  let histories = 0;

  while (sum() < stepsWanted) {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRound, { minLength: 1, maxLength: 12 }), async (rounds) => {
        histories += 1;
        const before = simulation.figures.crashes;
        await live(rounds, steps);
        steps.deaths += simulation.figures.crashes - before;
      }),
      { numRuns: 25, endOnFailure: true },
    );
  }

  process.stdout.write(
    `sync simulation: ${sum()} steps in ${histories} histories: ${steps.actions} actions, ${steps.runs} runs (${steps.cancels} cancelled), ${steps.deaths} deaths\n`,
  );
  expect(sum()).toBeGreaterThanOrEqual(stepsWanted);
}, 600_000);

type Round = typeof anyRound extends fc.Arbitrary<infer T> ? T : never;

async function live(
  rounds: readonly Round[],
  steps: { actions: number; runs: number; cancels: number },
): Promise<void> {
  await simulation.reset();
  const model = startModel();
  await simulation.setPolicy(true, { type: 'ImportAll' });
  model.setPolicy({ type: 'ImportAll' }, true, await policyTime());
  let lastRun = '';

  for (const { actions, faults, crashes, limit, rests, cancels } of rounds) {
    for (const action of actions) await act(model, action, lastRun, [...crashes]);
    steps.actions += actions.length;

    const faulty = new Map(Object.entries(faults).filter(([name]) => isCut(name, faults[name] ?? 0)));
    simulation.agent.fault = (route, repository, cursor) =>
      route === 'listTagsWithMetadata' && Number(cursor ?? 0) === faulty.get(repository)
        ? new AgentCallError('agent', 'denied', { status: 403 })
        : undefined;
    simulation.settings.importLimit = limit;
    const find = { ...registryNow(), faults: faulty };
    let run = await simulation.sync(crashes, { rests, cancels });
    steps.runs += 1;
    if (run.status === 'cancelled') {
      steps.cancels += 1;
      const names = new Set((await simulation.projects()).map((line) => line.split(' ')[0]));
      const taken = (toDo: readonly Candidate[]) =>
        new Set(toDo.map(imageName).filter((name) => names.has(name)));
      model.run({ ...find, startedAt: run.started_at }, taken, true);
      // The next run reads what this one has not.
      simulation.settings.importLimit = 10_000;
      run = await simulation.sync([]);
      steps.runs += 1;
      lastRun = run.id;
      model.run({ ...find, startedAt: run.started_at });
      await expectModel(model);
      continue;
    }

    expect(run.status).toBe('completed');
    lastRun = run.id;
    const shown = new Set(await simulation.projects());
    const outcome = model.run({ ...find, startedAt: run.started_at }, (toDo) => {
      const done = toDo.filter((image) => shown.has(scanned(imageName(image), image.digest)));
      expect(done.length).toBe(Math.min(limit, toDo.length));
      expectNewest(done, toDo);
      return new Set(done.map(imageName));
    });
    await expectModel(model);
    expect(run).toMatchObject({
      listing_complete: faulty.size === 0,
      to_import: Math.min(limit, outcome.toDo.length),
      truncated: Math.max(0, outcome.toDo.length - limit),
      pruned: outcome.isHeld ? 0 : outcome.doomed.length,
      held: outcome.isHeld ? outcome.doomed.length : 0,
    });
    expect(Object.keys(run.repository_errors as object)).toEqual([...faulty.keys()]);
  }
  const read = simulation.agent.scanned.map((scan) => scan.split(' ')[1]);
  expect(read.length).toBe(new Set(read).size);
}

function registryNow() {
  const { registry, pushedAt } = simulation;
  return { registry, pushedAt };
}

/** A listing breaks off at the page that begins there only if there is such a page. */
function isCut(repository: string, at: number): boolean {
  const tags = simulation.registry.get(repository);
  return tags !== undefined && (at === 0 || tags.size > at);
}

async function act(
  model: ReturnType<typeof startModel>,
  action: Action,
  lastRun: string,
  crashes: { statement: number; isDone: boolean }[],
): Promise<void> {
  const { registry, pushedAt } = simulation;
  switch (action.kind) {
    case 'push': {
      simulation.push(action.repository, { [action.tag]: action.digest });
      const name = `${action.repository}:${action.tag}`;
      pushedAt.delete(name);
      if (action.age !== undefined) pushedAt.set(name, new Date(Date.now() - action.age * 24 * 3_600_000));
      return;
    }
    case 'delete':
      registry.get(action.repository)?.delete(action.tag);
      return;
    case 'drop':
      registry.delete(action.repository);
      return;
    case 'by hand':
      if (await simulation.deleteByHand(action.repository, action.tag)) {
        model.deleteByHand(`${action.repository}:${action.tag}`);
      }
      return;
    case 'undo':
      if (!model.canUndo()) return;
      await simulation.undo(lastRun, crashes);
      model.undo();
      return await expectModel(model);
    case 'confirm':
      if (!model.canConfirm()) return;
      await simulation.confirm(lastRun, crashes);
      model.confirm();
      return await expectModel(model);
    case 'policy':
      await simulation.setPolicy(action.deletes, action.rules);
      model.setPolicy(action.rules, action.deletes, await policyTime());
  }
}

/** The baseline that the policy has in the database, or now. */
async function policyTime(): Promise<Date> {
  const row = await simulation.db.selectFrom('import_policy').select('baseline_at').executeTakeFirst();
  return row?.baseline_at ?? new Date();
}

async function expectModel({ projects }: ReturnType<typeof startModel>): Promise<void> {
  const expected = [...projects].map(([name, { digest }]) => scanned(name, digest)).toSorted();
  expect(await simulation.projects()).toEqual(expected);
}

/** A project as the simulation tells it. */
function scanned(name: string, digest = ''): string {
  return `${name} scanned ${digest.slice(7, 8)}`;
}

/** None that was left for the next runs is newer than one that was taken. */
function expectNewest(taken: readonly Candidate[], toDo: readonly Candidate[]): void {
  const timeOf = (image: Candidate) => imageTime(image)?.getTime() ?? -Infinity;
  const oldest = Math.min(...taken.map(timeOf));
  for (const left of toDo.filter((image) => !taken.includes(image))) {
    expect(timeOf(left)).toBeLessThanOrEqual(oldest);
  }
}
