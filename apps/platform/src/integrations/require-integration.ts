import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { findIntegration, type IntegrationRow } from './integration-store.ts';

/**
 * The integration that a path names.
 * @throws {ApiProblem} `not-found` when the path's organization has no such integration.
 */
export async function requireIntegration(
  db: Kysely<Database>,
  path: { readonly org_id: string; readonly integration_id: string },
): Promise<IntegrationRow> {
  const integration = await findIntegration(db, path.org_id, path.integration_id);
  if (!integration) throw notFound('The integration');
  return integration;
}

/** These registries have no catalogue of their repositories, so there is nothing to sync from. */
const withoutCatalogue: ReadonlySet<string> = new Set(['github-cr', 'gitlab-cr']);

/**
 * The integration that a path names, when it can be synced.
 * @throws {ApiProblem} `not-found`, or `conflict` when the registry cannot be listed.
 */
export async function requireSyncable(
  db: Kysely<Database>,
  path: { readonly org_id: string; readonly integration_id: string },
): Promise<IntegrationRow> {
  const integration = await requireIntegration(db, path);
  if (withoutCatalogue.has(integration.type)) {
    const message = `A registry of type ${integration.type} cannot be listed, so it cannot be synced`;
    throw new ApiProblem('conflict', message);
  }
  return integration;
}
