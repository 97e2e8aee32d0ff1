import { z } from 'zod';
import { Instant } from '../names.ts';
import { commaSeparated, Links } from './json-api.ts';

/** Everything that the audit log tells of. */
export const auditEvents = [
  'org.create',
  'org.edit',
  'org.member.add',
  'org.member.edit',
  'org.member.delete',
  'org.user.invite',
  'org.user.invite.revoke',
  'org.user.invite.accept',
  'org.service_account.create',
  'org.service_account.edit',
  'org.service_account.secret.replace',
  'org.service_account.delete',
  'org.integration.create',
  'org.integration.edit',
  'org.integration.settings.edit',
  'org.integration.delete',
  'org.integration.check',
  'org.integration.broker_token.create',
  'org.integration.broker_token.edit',
  'org.integration.broker_token.switch',
  'org.integration.broker_token.delete',
  'org.container_import.policy.create',
  'org.container_import.policy.edit',
  'org.container_import.policy.delete',
  'org.container_import.policy.dry_run',
  'org.container_import.policy.pause',
  'org.container_import.policy.run',
  'org.container_import.policy.cancel',
  'org.container_import.policy.prune.confirm',
  'org.container_import.policy.prune.undo',
  'org.project.add',
  'org.project.edit',
  'org.project.monitor',
  'org.project.stop_monitor',
  'org.project.move',
  'org.project.delete',
  'org.project.restore',
  'org.project.ignore.create',
  'org.project.ignore.edit',
  'org.project.ignore.delete',
  'org.target.delete',
  'org.ignore_policy.edit',
  'org.policy.create',
  'org.policy.edit',
  'org.policy.delete',
  'org.vex_document.create',
  'org.vex_document.delete',
  'org.notification_settings.edit',
  'org.notification_channel.create',
  'org.notification_channel.edit',
  'org.notification_channel.delete',
  'org.notification_channel.test',
  'org.webhook.add',
  'org.webhook.delete',
  'org.webhook.ping',
  'user.session.create',
  'user.session.refuse',
  'user.session.delete',
  'user.password.edit',
  'user.personal_token.create',
  'user.personal_token.delete',
] as const;
export const AuditEvent = z.enum(auditEvents);
export type AuditEvent = z.infer<typeof AuditEvent>;

const Attributes = z.record(z.string(), z.unknown());

/** One entry of the audit log. `before` and `after` hold what the change concerns, never a secret. */
export const AuditEntry = z.object({
  created: Instant,
  event: z.string(),
  org_id: z.uuid().optional(),
  project_id: z.uuid().optional(),
  content: z.object({
    actor: z.object({
      type: z.enum(['user', 'service_account', 'system']),
      id: z.uuid().optional(),
      name: z.string(),
      /** The personal token that the person used. */
      personal_token: z.object({ id: z.uuid(), name: z.string() }).optional(),
    }),
    /** Where the request came from. */
    address: z.string().optional(),
    request_id: z.uuid().optional(),
    resource: z.object({ type: z.string(), id: z.string().optional(), name: z.string().optional() }),
    before: Attributes.optional(),
    after: Attributes.optional(),
  }),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** GET /rest/orgs/{o}/audit_logs/search */
export const AuditLogPage = z.object({
  jsonapi: z.object({ version: z.literal('1.0') }),
  data: z.object({
    type: z.literal('audit_logs'),
    attributes: z.object({ items: z.array(AuditEntry) }),
  }),
  links: Links,
});
export type AuditLogPage = z.infer<typeof AuditLogPage>;

export const AuditLogQuery = z
  .object({
    /** From this time on; the start of yesterday (UTC) unless told. */
    from: Instant.optional(),
    /** Before this time. */
    to: Instant.optional(),
    cursor: z.string().max(2_048).optional(),
    size: z.coerce.number().int().min(1).max(100).default(10),
    sort_order: z.enum(['ASC', 'DESC']).default('ASC'),
    /** Entries of this person or service account. */
    user_id: z.uuid().optional(),
    project_id: z.uuid().optional(),
    events: commaSeparated.optional(),
    exclude_events: commaSeparated.optional(),
  })
  .refine((query) => query.events === undefined || query.exclude_events === undefined, {
    path: ['exclude_events'],
    error: 'cannot be used together with events',
  });
export type AuditLogQuery = z.infer<typeof AuditLogQuery>;
