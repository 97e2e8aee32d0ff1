import { z } from 'zod';
import { Instant } from '../names.ts';
import { requestOf } from './json-api.ts';
import { SeverityLevel } from './issue-counts.ts';
import { V1Project } from './v1-projects.ts';

export const channelTypes = ['webhook', 'slack', 'email'] as const;
export const ChannelType = z.enum(channelTypes);
export type ChannelType = z.infer<typeof ChannelType>;

/** What a webhook is sent: one message per run, or one per project whose issues a run changed. */
export const WebhookPayload = z.enum(['issues_digest', 'project_snapshot']);
export type WebhookPayload = z.infer<typeof WebhookPayload>;

/** Most recipients of one e-mail channel. */
const maxRecipients = 20;

const Name = z.string().min(1).max(255);
const Url = z.url({ protocol: /^https?$/ }).max(2_048);
/** Signs each message: `X-Hub-Signature: sha256=` and the HMAC of the body. */
const SigningKey = z.string().min(1).max(1_024);
const Recipients = z.array(z.email().max(254)).min(1).max(maxRecipients);

/** Where an organization is told of new issues. Signing keys and addresses of Slack are never shown again. */
export const NotificationChannel = z.object({
  id: z.uuid(),
  type: z.literal('notification_channel'),
  attributes: z.object({
    channel_type: ChannelType,
    name: z.string(),
    /** A webhook's address. */
    url: z.string().optional(),
    /** The host of a Slack address. */
    host: z.string().optional(),
    recipients: z.array(z.string()).optional(),
    /** Issues below this severity are not told. */
    min_severity: SeverityLevel,
    /** Only of webhooks. */
    payload: WebhookPayload.optional(),
    created_at: Instant,
    updated_at: Instant,
    last_attempt_at: Instant.optional(),
    last_delivered_at: Instant.optional(),
    /** Why the last attempt failed; absent when it did not. */
    last_error: z.string().optional(),
  }),
});
export type NotificationChannel = z.infer<typeof NotificationChannel>;

const common = { name: Name.optional(), min_severity: SeverityLevel.default('low') };

export const NotificationChannelRequest = requestOf(
  'notification_channel',
  z.discriminatedUnion('channel_type', [
    z.strictObject({
      channel_type: z.literal('webhook'),
      url: Url,
      secret: SigningKey,
      payload: WebhookPayload.default('issues_digest'),
      ...common,
    }),
    z.strictObject({ channel_type: z.literal('slack'), url: Url, ...common }),
    z.strictObject({ channel_type: z.literal('email'), recipients: Recipients, ...common }),
  ]),
);
export type NotificationChannelRequest = z.infer<typeof NotificationChannelRequest>;

/** What is absent stays; only what a channel of its type has can be changed. */
export const NotificationChannelPatch = requestOf(
  'notification_channel',
  z.strictObject({
    name: Name.optional(),
    min_severity: SeverityLevel.optional(),
    url: Url.optional(),
    secret: SigningKey.optional(),
    recipients: Recipients.optional(),
    payload: WebhookPayload.optional(),
  }),
);
export type NotificationChannelPatch = z.infer<typeof NotificationChannelPatch>;

/** Whether a message to try a channel arrived. */
export const NotificationTest = z.object({
  id: z.uuid(),
  type: z.literal('notification_test'),
  attributes: z.object({ delivered: z.boolean(), message: z.string() }),
});

/** A message that was sent, or is to be. */
export const NotificationDelivery = z.object({
  id: z.uuid(),
  type: z.literal('notification_delivery'),
  attributes: z.object({
    event: z.string(),
    status: z.enum(['pending', 'delivered', 'failed']),
    attempts: z.number().int(),
    last_error: z.string().optional(),
    created_at: Instant,
    finished_at: Instant.optional(),
  }),
});
export type NotificationDelivery = z.infer<typeof NotificationDelivery>;

/** New issues of one run, in one message: counts are of vulnerabilities, each counted once. */
export const IssuesDigest = z.object({
  event: z.literal('issues_digest'),
  /** What brought the issues: a sync, images read for other reasons, or advisories that changed. */
  cause: z.enum(['sync', 'images', 'advisories']),
  org: z.object({ id: z.uuid(), name: z.string(), slug: z.string() }),
  integration: z.object({ id: z.uuid(), name: z.string(), type: z.string() }).optional(),
  sync_run_id: z.uuid().optional(),
  new_issues: z.partialRecord(SeverityLevel, z.number().int()),
  projects: z.number().int(),
  /** The most urgent ones. */
  issues: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      effective_severity_level: SeverityLevel,
      priority: z.number().int(),
      known_exploited: z.boolean(),
      packages: z.array(z.string()),
      fixed_in: z.string().optional(),
      projects: z.number().int(),
      /** Names of some of the projects. */
      examples: z.array(z.string()),
    }),
  ),
  url: z.string(),
});
export type IssuesDigest = z.infer<typeof IssuesDigest>;

const ChangedIssue = z.object({
  id: z.string(),
  issueType: z.literal('vuln'),
  pkgName: z.string(),
  pkgVersions: z.array(z.string()),
  issueData: z.object({ id: z.string(), title: z.string(), severity: SeverityLevel }),
  isPatched: z.boolean(),
  isIgnored: z.boolean(),
  fixInfo: z.object({ isFixable: z.boolean(), fixedIn: z.array(z.string()) }),
  priority: z.object({ score: z.number().int() }),
});

/** What changed for one project, as webhooks of the older API are sent it, without `event`. */
export const ProjectSnapshotMessage = z.object({
  event: z.literal('project_snapshot'),
  project: V1Project,
  org: z.object({ id: z.uuid(), name: z.string(), slug: z.string(), url: z.string() }),
  newIssues: z.array(ChangedIssue),
  removedIssues: z.array(ChangedIssue),
});
export type ProjectSnapshotMessage = z.infer<typeof ProjectSnapshotMessage>;

/** POST /v1/org/{o}/webhooks */
export const V1WebhookRequest = z.object({ url: Url, secret: SigningKey });

export const V1Webhook = z.object({ id: z.uuid(), url: z.string() });
export type V1Webhook = z.infer<typeof V1Webhook>;

/** GET /v1/org/{o}/webhooks */
export const V1Webhooks = z.object({ results: z.array(V1Webhook) });
