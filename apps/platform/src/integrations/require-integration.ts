import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { notFound } from '../http/api-problem.ts';
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
