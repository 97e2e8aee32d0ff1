import { z } from 'zod';
import { SeverityLevel } from './issue-counts.ts';

const Counts = z.object({
  low: z.number().int(),
  medium: z.number().int(),
  high: z.number().int(),
  critical: z.number().int(),
});

/** GET /v1/org/{o}/project/{p} */
export const V1Project = z.object({
  id: z.uuid(),
  name: z.string(),
  created: z.string(),
  origin: z.string(),
  type: z.string(),
  readOnly: z.boolean(),
  testFrequency: z.string(),
  isMonitored: z.boolean(),
  totalDependencies: z.number().int(),
  issueCountsBySeverity: Counts,
  lastTestedDate: z.string().optional(),
  browseUrl: z.string(),
  targetReference: z.string(),
  imageId: z.string().optional(),
  imageTag: z.string(),
  imagePlatform: z.string().optional(),
  imageBaseImage: z.string().optional(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })),
});
export type V1Project = z.infer<typeof V1Project>;

/** PUT /v1/org/{o}/project/{p}/move */
export const V1MoveRequest = z.object({ targetOrgId: z.uuid() });

export const V1MoveAnswer = z.object({
  originOrg: z.uuid(),
  destinationOrg: z.uuid(),
  movedProject: z.uuid(),
});

/** POST /v1/org/{o}/project/{p}/history */
export const V1HistoryRequest = z.object({
  filters: z.object({ imageId: z.string().max(255).optional() }).prefault({}),
});

export const V1HistoryQuery = z.object({
  perPage: z.coerce.number().int().min(1).max(100).default(10),
  page: z.coerce.number().int().min(1).default(1),
});

/** What a project showed, the newest first; the first one is what it shows now. */
export const V1Snapshots = z.object({
  snapshots: z.array(
    z.object({
      id: z.uuid(),
      /** When the image was read. */
      created: z.string(),
      totalDependencies: z.number().int(),
      issueCounts: z.object({ vuln: Counts, license: Counts }),
      imageId: z.string(),
      imageTag: z.string(),
      imagePlatform: z.string(),
      method: z.literal('recurring'),
    }),
  ),
  total: z.number().int(),
});
export type V1Snapshots = z.infer<typeof V1Snapshots>;

const SeverityFilter = z.array(SeverityLevel).max(10);

/** POST /v1/org/{o}/project/{p}/aggregated-issues; all of it may be left out. */
export const V1AggregatedIssuesRequest = z.object({
  includeDescription: z.boolean().default(false),
  includeIntroducedThrough: z.boolean().default(false),
  filters: z
    .object({
      severities: SeverityFilter.optional(),
      exploitMaturity: z.array(z.string().max(64)).max(10).optional(),
      types: z.array(z.string().max(64)).max(10).optional(),
      ignored: z.boolean().optional(),
      patched: z.boolean().optional(),
      priority: z
        .object({
          score: z.object({ min: z.number().default(0), max: z.number().default(1_000) }).optional(),
        })
        .optional(),
    })
    .prefault({}),
});
export type V1AggregatedIssuesRequest = z.infer<typeof V1AggregatedIssuesRequest>;

/** One vulnerability of one package of a project's image, in whatever versions. */
export const V1AggregatedIssue = z.object({
  id: z.string(),
  issueType: z.literal('vuln'),
  pkgName: z.string(),
  pkgVersions: z.array(z.string()),
  issueData: z.object({
    id: z.string(),
    title: z.string(),
    severity: SeverityLevel,
    originalSeverity: SeverityLevel,
    url: z.string(),
    description: z.string().optional(),
    /** Ids of the same vulnerability and its weaknesses, by kind: `CVE`, `CWE`, `GHSA`, .. */
    identifiers: z.record(z.string(), z.array(z.string())),
    credit: z.array(z.string()),
    exploitMaturity: z.string(),
    semver: z.object({ vulnerable: z.array(z.string()) }),
    publicationTime: z.string().optional(),
    CVSSv3: z.string().optional(),
    cvssScore: z.number().optional(),
    patches: z.array(z.unknown()),
    nearestFixedInVersion: z.string().optional(),
    isMaliciousPackage: z.boolean(),
  }),
  introducedThrough: z
    .array(z.object({ kind: z.literal('imageLayer'), data: z.record(z.string(), z.unknown()) }))
    .optional(),
  isPatched: z.boolean(),
  isIgnored: z.boolean(),
  /** Only of what is ignored. */
  ignoreReasons: z
    .array(z.object({ reason: z.string(), expires: z.string().optional(), source: z.literal('api') }))
    .optional(),
  fixInfo: z.object({
    isUpgradable: z.boolean(),
    isPinnable: z.boolean(),
    isPatchable: z.boolean(),
    isFixable: z.boolean(),
    isPartiallyFixable: z.boolean(),
    nearestFixedInVersion: z.string().optional(),
    fixedIn: z.array(z.string()),
  }),
  priority: z.object({
    score: z.number().int(),
    factors: z.array(z.object({ name: z.string(), description: z.string() })),
  }),
  links: z.object({ paths: z.string() }),
});
export type V1AggregatedIssue = z.infer<typeof V1AggregatedIssue>;

export const V1AggregatedIssues = z.object({ issues: z.array(V1AggregatedIssue) });

/** GET /v1/org/{o}/project/{p}/issue/{issue}/paths */
export const V1IssuePathsQuery = z.object({
  perPage: z.coerce.number().int().min(1).max(1_000).default(100),
  page: z.coerce.number().int().min(1).default(1),
});

export const V1IssuePaths = z.object({
  paths: z.array(
    z.array(z.object({ name: z.string(), version: z.string(), fixVersion: z.string().optional() })),
  ),
  total: z.number().int(),
});
export type V1IssuePaths = z.infer<typeof V1IssuePaths>;

/** GET /v1/org/{o}/project/{p}/dep-graph: https://github.com/snyk/dep-graph, schema 1.x. */
export const V1DepGraph = z.object({
  depGraph: z.object({
    schemaVersion: z.string(),
    pkgManager: z.object({
      name: z.string(),
      repositories: z.array(z.object({ alias: z.string() })).optional(),
    }),
    pkgs: z.array(
      z.object({
        id: z.string(),
        info: z.object({ name: z.string(), version: z.string().optional(), purl: z.string().optional() }),
      }),
    ),
    graph: z.object({
      rootNodeId: z.string(),
      nodes: z.array(
        z.object({
          nodeId: z.string(),
          pkgId: z.string(),
          deps: z.array(z.object({ nodeId: z.string() })),
        }),
      ),
    }),
  }),
});
export type V1DepGraph = z.infer<typeof V1DepGraph>;
