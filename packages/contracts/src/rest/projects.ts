import { z } from 'zod';
import { Evidence, Inventory, PackageLocation, Sbom, ScanWarning } from '../inventory.ts';
import { Digest, Instant, Platform } from '../names.ts';
import { registryTypes } from '../registry-types.ts';
import { projectAttributes } from './project-attributes.ts';
import { Author, IgnoreKind, ignoreScopes } from './ignores.ts';
import { IssueCounts, SeverityLevel } from './issue-counts.ts';
import { commaSeparated, PageQuery, relationshipTo, requestOf } from './json-api.ts';
import { IssueVex } from './vex.ts';

/** How often a project's registry is asked what its tag is now; a moved tag is scanned. */
export const testFrequencies = ['daily', 'weekly', 'never'] as const;

export const scanStatuses = ['pending', 'scanning', 'scanned', 'failed'] as const;

/** A repository of an integration. */
export const Target = z.object({
  id: z.uuid(),
  type: z.literal('target'),
  attributes: z.object({
    display_name: z.string(),
    url: z.string().optional(),
    is_private: z.boolean(),
    created_at: Instant,
  }),
  relationships: z.object({
    organization: relationshipTo('org'),
    integration: z.object({
      data: z.object({
        id: z.uuid(),
        type: z.literal('integration'),
        attributes: z.object({ integration_type: z.enum(registryTypes) }),
      }),
    }),
  }),
  /** What its projects come to, so that a list of repositories needs no question per row. */
  meta: z.object({
    project_count: z.number().int(),
    /** How many projects are in which state of their scan. */
    scan_statuses: z.record(z.enum(scanStatuses), z.number().int()),
    /** The project with the worst issues (most critical, then most high ..); absent until one was scanned. */
    worst_project: z
      .object({ id: z.uuid(), target_reference: z.string(), issue_counts: IssueCounts })
      .optional(),
    /** Absent where the registry tells no push times. */
    newest_pushed_at: Instant.optional(),
  }),
});
export type Target = z.infer<typeof Target>;

export const TargetQuery = PageQuery.extend({
  display_name: z.string().max(255).optional(),
  /** Part of the name, upper and lower case alike. */
  search: z.string().max(255).optional(),
  source_types: commaSeparated.optional(),
  integration_id: commaSeparated.optional(),
  /** Repositories with an open, not hidden issue of one of these severities. */
  effective_severity_level: commaSeparated.optional(),
  /** Repositories with a project whose scan is in one of these states. */
  scan_status: commaSeparated.optional(),
  /** Repositories that were seen first at this time or later. */
  created_gte: Instant.optional(),
  exclude_empty: z.stringbool().default(true),
  count: z.stringbool().default(false),
});

/** The image that an image was built from. */
export const BaseImageFacts = z.object({
  name: z.string().optional(),
  digest: Digest.optional(),
  /** `annotations`: the image says so. `layers`: it begins with all layers of another scanned image. */
  found_by: z.enum(['annotations', 'layers']),
  /** How many of the image's layers are those of a scanned base; absent when none has the same ones. */
  layers: z.number().int().optional(),
  /** Projects that show the scanned base. */
  projects: z.array(z.string()),
});
export type BaseImageFacts = z.infer<typeof BaseImageFacts>;

/** `repository:tag` of an integration. */
export const Project = z.object({
  id: z.uuid(),
  type: z.literal('project'),
  attributes: z.object({
    name: z.string(),
    type: z.string(),
    origin: z.enum(registryTypes),
    status: z.enum(['active', 'inactive']),
    read_only: z.boolean(),
    created: Instant,
    /** The tag. */
    target_reference: z.string(),
    settings: z.object({ recurring_tests: z.object({ frequency: z.enum(testFrequencies) }) }),
    ...projectAttributes,
  }),
  relationships: z.object({
    organization: relationshipTo('org'),
    target: z.object({
      data: z.object({
        id: z.uuid(),
        type: z.literal('target'),
        /** Only with `expand=target`. */
        attributes: z.object({ display_name: z.string() }).optional(),
      }),
    }),
  }),
  meta: z.object({
    latest_issue_counts: IssueCounts.optional(),
    latest_dependency_total: z.object({ total: z.number().int() }).optional(),
    /** Absent while the project is inactive or never tested. */
    next_test_at: Instant.optional(),
    /** Why the last recurring test could not tell what the tag is. */
    test_error: z.string().optional(),
    image: z.object({
      digest: Digest.optional(),
      platform: Platform.optional(),
      os: z.string().optional(),
      size_bytes: z.number().int().optional(),
      created_at: z.string().optional(),
      pushed_at: Instant.optional(),
      first_seen_at: Instant.optional(),
      scanned_at: Instant.optional(),
      scan_status: z.enum(scanStatuses),
      scan_error: z.string().optional(),
      /** What the image was built from, as far as it says so, or another scanned image has the same lowest layers. */
      base: BaseImageFacts.optional(),
      warnings: z.array(z.string()),
      other_tags: z.array(z.string()),
    }),
  }),
});
export type Project = z.infer<typeof Project>;

export const ProjectQuery = PageQuery.extend({
  target_id: commaSeparated.optional(),
  ids: commaSeparated.optional(),
  names: commaSeparated.optional(),
  names_start_with: commaSeparated.optional(),
  origins: commaSeparated.optional(),
  target_reference: z.string().max(128).optional(),
  types: commaSeparated.optional(),
  /** `key:value`; projects that have all of them. */
  tags: commaSeparated.optional(),
  /** Projects that are one of these. */
  business_criticality: commaSeparated.optional(),
  environment: commaSeparated.optional(),
  lifecycle: commaSeparated.optional(),
  expand: z.literal('target').optional(),
  meta_count: z.enum(['only', 'with']).optional(),
});

/** What a project's image is: where it comes from, what it runs, and what each of its layers is. */
export const ProjectImage = z.object({
  id: z.uuid(),
  type: z.literal('image'),
  attributes: z.object({
    digest: Digest,
    platform: Platform,
    os: z.string().optional(),
    base: BaseImageFacts.optional(),
    config: Inventory.shape.config,
    annotations: z.record(z.string(), z.string()),
    /** The lowest first. */
    layers: z.array(
      z.object({
        digest: Digest,
        diff_id: Digest.optional(),
        media_type: z.string(),
        size_bytes: z.number().int(),
        created_by: z.string().optional(),
        created_at: z.string().optional(),
        /** How many packages it brought. */
        package_count: z.number().int(),
        /** It is a layer of the base image; absent when no scanned base is known. */
        in_base_image: z.boolean().optional(),
      }),
    ),
    /** Every step, oldest first; `layer` is the index of the layer that it made. */
    history: z.array(
      z.object({
        created_by: z.string().optional(),
        created_at: z.string().optional(),
        comment: z.string().optional(),
        layer: z.number().int().optional(),
      }),
    ),
    /** Documents about the image that were read; nobody's signature was verified. */
    sboms: z.array(Sbom),
    warnings: z.array(ScanWarning),
  }),
});
export type ProjectImage = z.infer<typeof ProjectImage>;

/** A package of a project's image. */
export const ProjectPackage = z.object({
  id: z.string(),
  type: z.literal('package'),
  attributes: z.object({
    purl: z.string(),
    type: z.string(),
    name: z.string(),
    version: z.string(),
    arch: z.string().optional(),
    source_name: z.string().optional(),
    evidence: Evidence,
    owned_by: z.string().optional(),
    also_owned_by: z.array(z.string()).optional(),
    nested_in: z.string().optional(),
    /** Absent for what only a document beside the image claims. */
    layer: Digest.optional(),
    /** -1 when the layer is not known. */
    layer_index: z.number().int(),
    layer_created_by: z.string().optional(),
    /** The image that this one was built from brings it; absent when no base image is known by its layers. */
    in_base_image: z.boolean().optional(),
    locations: z.array(PackageLocation),
    /** Of evidence `sbom`: the documents that claim it, by path in the image or by digest. */
    claimed_by: z.array(z.string()).optional(),
    issue_counts: IssueCounts,
  }),
});
export type ProjectPackage = z.infer<typeof ProjectPackage>;

/**
 * Why an issue has no plain fix, or is not shown by default: `negligible` and `kernel` are hidden unless asked for.
 */
export const issueFixStates = ['fixed', 'no-fix', 'subscription', 'will-not-fix', 'remove'] as const;

/** A finding seen through a project. */
export const Issue = z.object({
  id: z.uuid(),
  type: z.literal('issue'),
  attributes: z.object({
    /** Canonical id of the vulnerability: CVE first, else GHSA, else the database's own. */
    key: z.string(),
    title: z.string(),
    description: z.string().optional(),
    type: z.literal('package_vulnerability'),
    status: z.enum(['open', 'resolved']),
    ignored: z.boolean(),
    /** The rule that ignores it; of several the one that holds longest. */
    ignore: z
      .object({
        policy_id: z.uuid(),
        ignore_type: IgnoreKind,
        reason: z.string(),
        expires: Instant.optional(),
        disregard_if_fixable: z.boolean(),
        scope: z.enum(ignoreScopes),
        created_at: Instant,
        created_by: Author,
      })
      .optional(),
    /** What the newest VEX statement that holds for it says. */
    vex: IssueVex.optional(),
    effective_severity_level: SeverityLevel,
    /** How soon to deal with it, 0 to 1000, and what that is made of; see docs/priority.md. */
    risk: z.object({
      score: z.object({ value: z.number().int().min(0).max(1000), model: z.string() }),
      factors: z.array(
        z.object({ name: z.string(), value: z.number().min(0).max(1), weight: z.number().min(0).max(1) }),
      ),
    }),
    created_at: Instant,
    updated_at: Instant,
    /** Kinds of weakness. */
    classes: z.array(z.object({ id: z.string(), source: z.string(), type: z.string() })),
    /** EPSS: how likely it is to be exploited within 30 days, and the share of CVEs that are less likely; 0 to 1. */
    epss: z
      .object({
        probability: z.number(),
        percentile: z.number(),
        model: z.string(),
        scored_on: z.string(),
      })
      .optional(),
    /** CISA lists it as exploited. */
    known_exploited: z
      .object({
        name: z.string(),
        added_on: z.string(),
        due_on: z.string().optional(),
        used_by_ransomware: z.boolean(),
        required_action: z.string().optional(),
      })
      .optional(),
    /** How sure it is that the package is affected. */
    confidence: z.enum(['high', 'medium', 'low']),
    /** All ids of the same vulnerability, the canonical one first. */
    problems: z.array(z.object({ id: z.string(), source: z.string(), url: z.string().optional() })),
    /** The rating that the severity is taken from, then the others. */
    severities: z.array(
      z.object({
        source: z.string(),
        level: SeverityLevel,
        score: z.number().optional(),
        vector: z.string().optional(),
        version: z.string().optional(),
      }),
    ),
    coordinates: z.array(
      z.object({
        is_fixable_upstream: z.boolean(),
        fix_state: z.enum(issueFixStates),
        /** The nearest version above the installed one that does not have the issue. */
        fixed_in: z.string().optional(),
        /** `fixed_in` is a version of the source package, which counts otherwise than the package. */
        fixed_in_source: z.literal(true).optional(),
        /** The layer that brought the package, 0 the lowest; absent where it is not known. */
        introduced_by: z
          .object({
            layer_index: z.number().int(),
            /** Only where one issue is shown. */
            layer: Digest.optional(),
            instruction: z.string().optional(),
            /** Absent when no base image is known by its layers. */
            in_base_image: z.boolean().optional(),
          })
          .optional(),
        /** Only where one issue is shown: what advisories call affected, a list for each that says so. */
        affected_versions: z
          .array(z.object({ advisory: z.string(), package_name: z.string(), versions: z.array(z.string()) }))
          .optional(),
        /** Only where one issue is shown: where the package lies, and what leads there, the outermost first. */
        locations: z.array(PackageLocation).optional(),
        dependency_paths: z.array(z.array(z.string())).optional(),
        representations: z.array(
          z.object({
            dependency: z.object({ package_name: z.string(), package_version: z.string(), purl: z.string() }),
          }),
        ),
      }),
    ),
    /** `not-affected`: a VEX statement says so. */
    hidden_reason: z.enum(['negligible', 'kernel', 'not-affected']).optional(),
    advisories: z.array(z.object({ id: z.string(), source: z.string(), modified: Instant.optional() })),
    references: z.array(z.object({ type: z.string(), url: z.string() })).optional(),
    published_at: Instant.optional(),
    /** When the newest of its advisories changed. */
    modified_at: Instant.optional(),
  }),
  relationships: z.object({ organization: relationshipTo('org'), scan_item: relationshipTo('project') }),
});
export type Issue = z.infer<typeof Issue>;

export const IssueQuery = PageQuery.extend({
  'scan_item.id': z.uuid().optional(),
  'scan_item.type': z.literal('project').optional(),
  effective_severity_level: commaSeparated.optional(),
  status: commaSeparated.optional(),
  type: commaSeparated.optional(),
  include_hidden: z.stringbool().default(false),
  /** When the issue was first found, and when what is known of it changed last; the times themselves are left out. */
  created_after: Instant.optional(),
  created_before: Instant.optional(),
  updated_after: Instant.optional(),
  updated_before: Instant.optional(),
  /** Only issues that are ignored, or only those that are not; both unless told. */
  ignored: z.stringbool().optional(),
  /** Only issues of this priority or a higher one. */
  priority_min: z.coerce.number().int().min(0).max(1000).optional(),
  /** Only issues that a version fixes, or only those that none does. */
  is_fixable: z.stringbool().optional(),
  /** Only issues that are known to be exploited, or only those that are not. */
  is_known_exploited: z.stringbool().optional(),
  /** The order within one project: worst first unless told. Across projects they come project by project. */
  sort: z.enum(['severity', 'priority']).default('severity'),
});

/** Issues of a vulnerability, in the advice about fixes. */
const AdvisedIssue = z.object({ key: z.string(), severity: SeverityLevel });

/** GET /rest/orgs/{org_id}/projects/{project_id}/fixes: what to change so that the fewest issues are left. */
export const FixAdvice = z.object({
  id: z.uuid(),
  type: z.literal('fix_advice'),
  attributes: z.object({
    /** Only issues of this severity or a worse one are looked at; unknown stands between medium and low. */
    severity: SeverityLevel,
    /** The fewest upgrades that leave the fewest issues, those that clear most first. */
    upgrades: z.array(
      z.object({
        /** The source of packages that are built together, else the package. */
        name: z.string(),
        type: z.string(),
        from: z.string(),
        to: z.string(),
        /** `from` and `to` are versions of the source, which its packages may write differently. */
        is_source_version: z.boolean(),
        /** Everything installed that changes with it. */
        packages: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string() })),
        introduced_by: z
          .object({
            layer_index: z.number().int(),
            instruction: z.string().optional(),
            in_base_image: z.boolean().optional(),
          })
          .optional(),
        /** It is part of something larger, and cannot be upgraded by itself: what to do instead. */
        remedy: z.string().optional(),
        clears: z.array(AdvisedIssue),
        leaves: z.array(AdvisedIssue),
        /** That version has issues which the installed one has not. */
        brings: z.array(AdvisedIssue),
      }),
    ),
    /** Issues looked at, as they are and as they were after all the upgrades. */
    issues: z.object({ now: z.number().int(), after: z.number().int() }),
    /** Present when a scanned image is known as the base. */
    base_image: z
      .object({
        digest: Digest,
        /** `repository:tag` by which it is or was known. */
        names: z.array(z.string()),
        issue_counts: IssueCounts,
        /** Newer images of the same repository with fewer issues, the nearest first. */
        options: z.array(
          z.object({
            project_id: z.uuid(),
            name: z.string(),
            digest: Digest,
            /** `rebuild`: the same tag, pushed anew; `minor`, `major`: another version of the same variant. */
            distance: z.enum(['rebuild', 'minor', 'major', 'other']),
            pushed_at: Instant.optional(),
            issue_counts: IssueCounts,
          }),
        ),
      })
      .optional(),
  }),
});
export type FixAdvice = z.infer<typeof FixAdvice>;

export const FixAdviceQuery = z.object({
  severity: z.enum(['critical', 'high', 'medium', 'low', 'negligible']).default('high'),
});
export type FixAdviceQuery = z.infer<typeof FixAdviceQuery>;

/** What can become of an issue when advisories, or our rules, change; images change on their own. */
export const issueChangeKinds = [
  'opened',
  'reopened',
  'closed',
  'fix-available',
  'fix-gone',
  'severity-changed',
] as const;

/** That advisories made a project gain or lose an issue, or changed one, without its image having changed. */
export const IssueChange = z.object({
  id: z.string(),
  type: z.literal('issue_change'),
  attributes: z.object({
    kind: z.enum(issueChangeKinds),
    /** Canonical id of the vulnerability. */
    key: z.string(),
    /** `advisories`: those named changed; `rules`: this release matches otherwise. */
    cause: z.enum(['advisories', 'rules']),
    advisories: z.array(z.string()),
    effective_severity_level: SeverityLevel,
    package_name: z.string(),
    package_version: z.string(),
    project_name: z.string(),
    /** When the issue was first found; a reopened one keeps it. */
    first_found_at: Instant,
    created_at: Instant,
  }),
  relationships: z.object({ organization: relationshipTo('org'), scan_item: relationshipTo('project') }),
});
export type IssueChange = z.infer<typeof IssueChange>;

export const IssueChangeQuery = PageQuery.extend({
  'scan_item.id': z.uuid().optional(),
  kind: commaSeparated.optional(),
  /** Only changes at or after this instant. */
  since: Instant.optional(),
  include_hidden: z.stringbool().default(false),
});

export const ProjectPatch = requestOf(
  'project',
  z.object({
    status: z.enum(['active', 'inactive']).optional(),
    test_frequency: z.enum(testFrequencies).optional(),
    ...z.object(projectAttributes).partial().shape,
  }),
);
