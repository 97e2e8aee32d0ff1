import { AuditLogPage, AuditLogQuery, type AuditEntry } from '@plimsoll/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { Database } from '../database/schema.ts';
import { authorize } from '../http/authorize.ts';
import { pageLinks, readPosition } from '../http/cursor.ts';
import { searchEntries, type AuditEntryRow } from './audit-store.ts';

/** What was changed in an organization, by whom, when and from where. */
export function auditRoutes(deps: { db: Kysely<Database>; now: () => Date }): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/audit_logs/search',
      {
        preHandler: authorize('org.audit_log.read'),
        schema: {
          summary: 'Search the audit log',
          params: z.object({ org_id: z.uuid() }),
          querystring: AuditLogQuery,
          response: { 200: AuditLogPage },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const { query } = request;
        const list = ['audit_logs', orgId, { ...query, cursor: undefined, size: undefined }];
        const page = await searchEntries(
          deps.db,
          orgId,
          {
            from: query.from === undefined ? startOfYesterday(deps.now()) : new Date(query.from),
            to: query.to === undefined ? undefined : new Date(query.to),
            actorId: query.user_id,
            projectId: query.project_id,
            events: query.events,
            otherThan: query.exclude_events,
          },
          readPosition({ starting_after: query.cursor }, list, { after: 'cursor' }),
          query.size,
          query.sort_order === 'ASC' ? 'asc' : 'desc',
        );
        return {
          jsonapi: { version: '1.0' as const },
          data: { type: 'audit_logs' as const, attributes: { items: page.rows.map(entryOf) } },
          links: linksOf(request, list, page),
        };
      },
    );
  };
}

/** Only forward: an audit log is read on from where one was. */
function linksOf(
  request: FastifyRequest,
  list: unknown,
  page: Parameters<typeof pageLinks<AuditEntryRow>>[2],
) {
  const keyOf = (row: AuditEntryRow) => [row.id];
  return pageLinks(request.url, list, { ...page, hasPrevious: false }, keyOf, { after: 'cursor' });
}

function startOfYesterday(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - 1));
}

function entryOf(row: AuditEntryRow): AuditEntry {
  return {
    created: row.created_at.toISOString(),
    event: row.event,
    ...(row.org_id !== null && { org_id: row.org_id }),
    ...(row.project_id !== null && { project_id: row.project_id }),
    content: {
      actor: {
        type: row.actor_kind as AuditEntry['content']['actor']['type'],
        ...(row.actor_id !== null && { id: row.actor_id }),
        name: row.actor_name,
        ...(row.token_id !== null && {
          personal_token: { id: row.token_id, name: row.token_name ?? '' },
        }),
      },
      ...(row.address !== null && { address: row.address }),
      ...(row.request_id !== null && { request_id: row.request_id }),
      resource: {
        type: row.resource_type,
        ...(row.resource_id !== null && { id: row.resource_id }),
        ...(row.resource_name !== null && { name: row.resource_name }),
      },
      ...(row.before !== null && { before: row.before as Record<string, unknown> }),
      ...(row.after !== null && { after: row.after as Record<string, unknown> }),
    },
  };
}
