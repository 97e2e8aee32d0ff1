import {
  documentOf,
  IntegrationSettings,
  IntegrationSettingsPatch,
  V1IntegrationSettings,
} from '@plimsoll/contracts';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { noteChange } from '../audit/index.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { setAppScan, type IntegrationRow } from './integration-store.ts';
import type { IntegrationsDeps } from './integrations-deps.ts';
import { requireIntegration } from './require-integration.ts';

const IntegrationParams = z.object({ org_id: z.uuid(), integration_id: z.uuid() });
type Path = z.infer<typeof IntegrationParams>;

const summaries = {
  get: 'What is set of a registry',
  set: 'Change what is set of a registry; what is absent stays',
} as const;

/** What is set of a connected registry. */
export function settingsRoutes({ db }: IntegrationsDeps): FastifyPluginAsync {
  const path = '/rest/orgs/:org_id/integrations/:integration_id/settings';

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();
    const response = { 200: documentOf(IntegrationSettings) };

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: { summary: summaries.get, params: IntegrationParams, response },
      },
      async (request) => documentFor(request, resourceOf(await requireIntegration(db, request.params))),
    );

    api.patch(
      path,
      {
        config: { audit: 'org.integration.settings.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: {
          summary: summaries.set,
          params: IntegrationParams,
          body: IntegrationSettingsPatch,
          response,
        },
      },
      async (request) => {
        const { container_app_scan_enabled: isEnabled } = request.body.data.attributes;
        return documentFor(request, resourceOf(await change(db, request, request.params, isEnabled)));
      },
    );
  };
}

/** The same as the older API has it, under the prefix it is registered with. */
export function v1SettingsRoutes({ db }: IntegrationsDeps, prefix: string): FastifyPluginAsync {
  const path = `${prefix}/org/:org_id/integrations/:integration_id/settings`;

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();
    const response = { 200: V1IntegrationSettings };

    api.get(
      path,
      {
        preHandler: authorize('org.integration.read'),
        schema: { summary: summaries.get, params: IntegrationParams, response },
      },
      async (request) => answerOf(await requireIntegration(db, request.params)),
    );

    api.put(
      path,
      {
        config: { audit: 'org.integration.settings.edit' },
        preHandler: authorize('org.integration.edit'),
        schema: { summary: summaries.set, params: IntegrationParams, body: V1IntegrationSettings, response },
      },
      async (request) =>
        answerOf(await change(db, request, request.params, request.body.containerAppScanEnabled)),
    );
  };
}

async function change(
  db: IntegrationsDeps['db'],
  request: FastifyRequest,
  path: Path,
  isEnabled: boolean | undefined,
): Promise<IntegrationRow> {
  return await db.transaction().execute(async (transaction) => {
    const before = await requireIntegration(transaction, path);
    if (isEnabled !== undefined) await setAppScan(transaction, before.id, isEnabled);
    const after = await requireIntegration(transaction, path);
    await noteChange(transaction, request, {
      resource: { type: 'integration', id: before.id, name: before.profile_name },
      before: resourceOf(before).attributes,
      after: resourceOf(after).attributes,
    });
    return after;
  });
}

function resourceOf({ id, container_app_scan_enabled }: IntegrationRow): IntegrationSettings {
  return { id, type: 'integration_settings', attributes: { container_app_scan_enabled } };
}

function answerOf(row: IntegrationRow): V1IntegrationSettings {
  return { containerAppScanEnabled: row.container_app_scan_enabled };
}
