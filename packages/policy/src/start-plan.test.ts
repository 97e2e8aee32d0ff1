import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageName, type Candidate } from './candidate.ts';
import type { ExistingProject } from './start-plan.ts';
import { planSync, type PlanInput } from './testing-plan.ts';

const now = new Date('2026-01-31T00:00:00Z');
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

function image(tag: string, more: Partial<Candidate> = {}): Candidate {
  const firstSeenAt = new Date('2026-01-01T00:00:00Z');
  return {
    repository: 'team/web',
    tag,
    digest: digest('a'),
    firstSeenAt,
    inFirstListing: false,
    inBaseline: false,
    ...more,
  };
}

function project(tag: string, more: Partial<ExistingProject> = {}): ExistingProject {
  return {
    id: `project ${tag}`,
    repository: 'team/web',
    tag,
    source: 'sync',
    digest: digest('a'),
    isUnread: false,
    isKept: false,
    ...more,
  };
}

function input(more: Partial<PlanInput> & { deleteImages?: boolean }): PlanInput {
  return {
    policy: {
      name: 'all',
      schedule_frequency_hours: 24,
      delete_images: more.deleteImages ?? false,
      import_policy: { type: 'ImportAll' },
    },
    candidates: [],
    projects: [],
    tombstones: new Set(),
    completeRepositories: new Set(['team/web']),
    isPolicyChanged: false,
    now,
    ...more,
  };
}

const tags = (verdicts: readonly { candidate: Candidate }[]) =>
  verdicts.map(({ candidate }) => candidate.tag);
const pruned = (more: Parameters<typeof input>[0]) =>
  planSync(input({ deleteImages: true, ...more })).prune.toPrune.map(({ project, reason }) => [
    imageName(project),
    reason,
  ]);

describe('importing', () => {
  it('imports what has no project yet, newest first', () => {
    const plan = planSync(
      input({
        candidates: [
          image('old', { pushedAt: new Date('2025-01-01T00:00:00Z') }),
          image('known'),
          image('new', { pushedAt: new Date('2026-01-30T00:00:00Z') }),
        ],
        projects: [project('known')],
      }),
    );

    expect(tags(plan.toImport)).toEqual(['new', 'old']);
    expect(plan.counts).toEqual({
      observed: 3,
      matched: 3,
      alreadyImported: 1,
      tombstoned: 0,
      truncated: 0,
    });
  });

  it('leaves the oldest for the next runs when there are more than the limit, and deletes none of them', () => {
    const candidates = ['v1', 'v2', 'v3'].map((tag, day) =>
      image(tag, { pushedAt: new Date(Date.UTC(2026, 0, day + 1)) }),
    );

    const plan = planSync(input({ candidates, limit: 2, deleteImages: true, projects: [project('v1')] }));

    expect(tags(plan.toImport)).toEqual(['v3', 'v2']);
    expect(plan.prune).toEqual({ toPrune: [] });
    expect(planSync(input({ candidates, limit: 2 })).counts.truncated).toBe(1);
  });

  it('counts moved tags among the images of a run, newest first, and leaves the rest for the next runs', () => {
    const day = (date: number) => ({ pushedAt: new Date(Date.UTC(2026, 0, date)) });
    const candidates = [
      image('new and old', day(1)),
      image('moved long ago', { digest: digest('b'), ...day(2) }),
      image('new', day(3)),
      image('just moved', { digest: digest('b'), ...day(4) }),
    ];
    const projects = [project('moved long ago'), project('just moved')];

    const plan = planSync(input({ candidates, projects, limit: 2, deleteImages: true }));

    expect([tags(plan.toImport), tags(plan.toRescan)]).toEqual([['new'], ['just moved']]);
    expect(plan.counts.truncated).toBe(2);
    expect(plan.prune).toEqual({ toPrune: [] });
  });

  it('tries failed scans again with what the limit leaves, so that they keep nothing new from being imported', () => {
    const candidates = [image('failed', { pushedAt: now }), image('new'), image('other')];
    const projects = [project('failed', { isUnread: true })];

    const first = planSync(input({ candidates, projects, limit: 2 }));
    const next = planSync(
      input({ candidates, projects: [...projects, project('new'), project('other')], limit: 2 }),
    );

    expect([tags(first.toImport), tags(first.toRescan), first.counts.truncated]).toEqual([
      ['other', 'new'],
      [],
      1,
    ]);
    expect(tags(next.toRescan)).toEqual(['failed']);
  });

  it('scans a project again when its tag was moved or its last scan failed', () => {
    const plan = planSync(
      input({
        candidates: [image('moved', { digest: digest('b') }), image('same'), image('failed')],
        projects: [project('moved'), project('same'), project('failed', { isUnread: true })],
      }),
    );

    expect(plan.toRescan.map(({ candidate, reason }) => [candidate.tag, reason])).toEqual([
      ['moved', 'the tag was moved'],
      ['failed', 'the last scan failed'],
    ]);
    expect(plan.counts.alreadyImported).toBe(3);
  });

  it('takes a digest that could not be learned for no move', () => {
    const { digest: _, ...unknown } = image('v1');

    expect(planSync(input({ candidates: [unknown], projects: [project('v1')] })).toRescan).toEqual([]);
  });

  it('does not import again what a person deleted', () => {
    const plan = planSync(input({ candidates: [image('v1')], tombstones: new Set(['team/web:v1']) }));

    expect(plan.toImport).toEqual([]);
    expect(plan.counts.tombstoned).toBe(1);
  });
});

describe('pruning', () => {
  const kept = [project('v1'), project('v2'), project('v3')];
  const candidates = [image('v1'), image('v2')];

  it('prunes a project whose tag is gone from the registry', () => {
    expect(pruned({ candidates, projects: kept })).toEqual([
      ['team/web:v3', 'the tag is gone from the registry'],
    ]);
  });

  it('prunes nothing unless the policy says so', () => {
    expect(pruned({ candidates, projects: kept, deleteImages: false })).toEqual([]);
  });

  it('prunes nothing in a repository that was listed in part', () => {
    expect(pruned({ candidates, projects: kept, completeRepositories: new Set() })).toEqual([]);
  });

  it('leaves what a person imported', () => {
    const projects = [project('v1'), project('v2'), project('v3', { source: 'manual' })];

    expect(pruned({ candidates, projects })).toEqual([]);
  });

  it('leaves a project whose deletion a person undid, until the policy admits it again', () => {
    const projects = [project('v1', { isKept: true }), project('v2'), project('v3', { isKept: true })];
    const plan = planSync(input({ deleteImages: true, candidates, projects }));

    expect(plan.prune).toEqual({ toPrune: [] });
    expect(plan.toRelease.map(({ tag }) => tag)).toEqual(['v1']);
  });

  it('holds a deletion of more than half of the projects, unless the policy was changed', () => {
    const some = { candidates: [image('v1')], projects: kept };

    const { prune } = planSync(input({ deleteImages: true, ...some }));

    expect(prune.toPrune).toEqual([]);
    expect(prune.held?.toPrune.map(({ project }) => project.tag)).toEqual(['v2', 'v3']);
    expect(prune.held?.reason).toBe('2 of 3 projects would be deleted although the policy did not change');
    expect(pruned({ ...some, isPolicyChanged: true })).toHaveLength(2);
  });

  it('holds a deletion of more than 500 projects', () => {
    const names = Array.from({ length: 1_100 }, (_, index) => `v${index}`);
    const plan = planSync(
      input({
        deleteImages: true,
        candidates: names.slice(501).map((tag) => image(tag)),
        projects: names.map((tag) => project(tag)),
      }),
    );

    expect(plan.prune.held?.toPrune).toHaveLength(501);
  });
});

describe('laws', () => {
  const name = fc.record({
    repository: fc.constantFrom('a', 'b', 'c/d'),
    tag: fc.constantFrom('1', '2', '3', 'latest'),
  });
  const time = fc.integer({ min: 0, max: 5 }).map((day) => new Date(Date.UTC(2026, 0, day + 1)));
  const anyDigest = fc.constantFrom(digest('a'), digest('b'));
  const candidate = fc
    .record({
      name,
      digest: fc.option(anyDigest, { nil: undefined }),
      pushedAt: fc.option(time, { nil: undefined }),
      firstSeenAt: time,
      inFirstListing: fc.boolean(),
      inBaseline: fc.boolean(),
    })
    .map(({ name, digest, pushedAt, ...rest }) => ({
      ...name,
      ...rest,
      ...(digest && { digest }),
      ...(pushedAt && { pushedAt }),
    }));
  const existing = fc
    .record({
      name,
      source: fc.constantFrom('sync', 'manual'),
      digest: anyDigest,
      isUnread: fc.boolean(),
      isKept: fc.boolean(),
    })
    .map(({ name, ...rest }) => ({ id: imageName(name), ...name, ...rest }));
  const inputs = fc
    .record({
      candidates: fc.uniqueArray(candidate, { selector: imageName }),
      projects: fc.uniqueArray(existing, { selector: imageName }),
      tombstones: fc.array(name.map(imageName)).map((names) => new Set(names)),
      completeRepositories: fc.subarray(['a', 'b', 'c/d']).map((names) => new Set(names)),
      isPolicyChanged: fc.boolean(),
      deleteImages: fc.boolean(),
      limit: fc.integer({ min: 0, max: 12 }),
    })
    .map(input);

  it('imports only what was observed, has no project, was not deleted by a person, and at most the limit', () => {
    fc.assert(
      fc.property(inputs, (some) => {
        const { toImport, toRescan } = planSync(some);
        const observed = new Set(some.candidates.map(imageName));
        const existing = new Set(some.projects.map(imageName));

        expect(toImport.length + toRescan.length).toBeLessThanOrEqual(some.limit ?? 0);
        for (const { candidate } of toImport) {
          expect(observed.has(imageName(candidate))).toBe(true);
          expect(existing.has(imageName(candidate))).toBe(false);
          expect(some.tombstones.has(imageName(candidate))).toBe(false);
        }
      }),
    );
  });

  it('prunes only what a sync made, in complete repositories, and nothing that is still there', () => {
    fc.assert(
      fc.property(inputs, (some) => {
        const observed = new Set(some.candidates.map(imageName));

        for (const { project } of planSync(some).prune.toPrune) {
          expect(project.source).toBe('sync');
          expect(project.isKept).toBe(false);
          expect(some.completeRepositories.has(project.repository)).toBe(true);
          // Under ImportAll everything that is there is admitted.
          expect(observed.has(imageName(project))).toBe(false);
        }
      }),
    );
  });

  it('does not depend on the order of its input', () => {
    fc.assert(
      fc.property(inputs, (some) => {
        const turned = { ...some, candidates: some.candidates.toReversed() };

        expect(planSync(turned).toImport).toEqual(planSync(some).toImport);
      }),
    );
  });

  it('imports and scans everything in the end, whatever the limit, and then has nothing left to do', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 12 }), (some, limit) => {
        let projects = [...some.projects];
        for (let run = 0; run <= some.candidates.length; run += 1) {
          const { toImport, toRescan } = planSync({ ...some, projects, limit });
          const done = new Map(
            [...toImport, ...toRescan].map(({ candidate }) => [imageName(candidate), candidate]),
          );
          projects = [
            ...projects.filter((one) => !done.has(imageName(one))),
            ...[...done.values()].map((candidate) => ({
              ...candidate,
              id: imageName(candidate),
              source: 'sync' as const,
              isUnread: false,
              isKept: false,
            })),
          ];
        }

        const { toImport, toRescan, counts } = planSync({ ...some, projects, limit });
        expect([toImport, toRescan, counts.truncated]).toEqual([[], [], 0]);
      }),
    );
  });
});
