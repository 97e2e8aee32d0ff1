import type { FastifyPluginAsync } from 'fastify';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import type { RecentAccess } from '../access/recent-access.ts';
import type { Database } from '../database/schema.ts';
import type { JobDefinition } from '../jobs/jobs.ts';
import { createAuthenticate } from './authenticate.ts';
import { inviteRoutes } from './invite-routes.ts';
import { removeOldInvites } from './invite-store.ts';
import { membershipRoutes } from './membership-routes.ts';
import { organizationRoutes } from './organization-routes.ts';
import { passwordRoutes } from './password-routes.ts';
import { personalTokenRoutes } from './personal-token-routes.ts';
import { removeExpiredTokens } from './personal-token-store.ts';
import { serviceAccountRoutes } from './service-account-routes.ts';
import { sessionRoutes } from './session-routes.ts';
import { removeExpiredSessions } from './session-store.ts';
import { v1OrganizationRoutes } from './v1-organization-routes.ts';

export type OrganizationsDeps = {
  readonly db: Kysely<Database>;
  readonly publicUrl: string;
  readonly now: () => Date;
  readonly recentAccess: RecentAccess;
  /** Told when an organization takes no more clients of the deployed broker. */
  readonly deployedClientsRefused: (orgId: string) => Promise<void>;
};

/** Organizations, people, service accounts: who may do what. */
export function createOrganizations(deps: OrganizationsDeps) {
  const routes: FastifyPluginAsync = async (app) => {
    await app.register(sessionRoutes(deps));
    await app.register(organizationRoutes(deps.db, deps.deployedClientsRefused));
    await app.register(serviceAccountRoutes(deps));
    await app.register(passwordRoutes(deps));
    await app.register(personalTokenRoutes(deps));
    await app.register(membershipRoutes(deps.db));
    await app.register(inviteRoutes(deps));
    for (const prefix of ['/v1', '/api/v1']) await app.register(v1OrganizationRoutes(deps, prefix));
  };
  const expireSessions: JobDefinition = {
    name: 'organizations.expire-sessions',
    data: z.object({}),
    concurrency: 1,
    retries: 3,
    expireInSeconds: 300,
    cron: '17 3 * * *',
    async handle() {
      await removeExpiredSessions(deps.db, deps.now());
      await removeExpiredTokens(deps.db, deps.now());
      await removeOldInvites(deps.db, deps.now());
    },
  };
  return {
    routes,
    jobs: [expireSessions],
    authenticate: createAuthenticate(deps.db, deps.now, deps.recentAccess),
  };
}
