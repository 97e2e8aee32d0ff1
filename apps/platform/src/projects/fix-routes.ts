import { documentOf, FixAdvice, FixAdviceQuery, type InventoryPackage } from '@plimsoll/contracts';
import { remedyOf } from '@plimsoll/matching';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { documentFor } from '../http/documents.ts';
import { baseAdvice } from './base-advice.ts';
import { findProject } from './project-store.ts';
import type { ProjectsDeps } from './projects-deps.ts';
import { upgradeAdvice } from './upgrade-advice.ts';

/** What to do about the issues of an image: packages to upgrade, and another image to build from. */
export function fixRoutes({ db, readInventory, adviseUpgrades, now }: ProjectsDeps): FastifyPluginAsync {
  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    app.withTypeProvider<ZodTypeProvider>().get(
      '/rest/orgs/:org_id/projects/:project_id/fixes',
      {
        preHandler: authorize('org.project.read'),
        schema: {
          summary: 'What to change about the image of a project so that the fewest issues are left',
          params: z.object({ org_id: z.uuid(), project_id: z.uuid() }),
          querystring: FixAdviceQuery,
          response: { 200: documentOf(FixAdvice) },
        },
      },
      async (request) => {
        const { org_id: orgId, project_id: id } = request.params;
        const { severity } = request.query;
        const project = await findProject(db, orgId, id);
        if (!project) throw notFound('The project');
        const { image_id: imageId } = project;
        if (imageId === null) throw notFound('The image, which was not read yet,');
        const advice = await upgradeAdvice(db, adviseUpgrades, { projectId: id, imageId }, severity, now());
        const inventory = advice.upgrades.length > 0 ? await readInventory(imageId) : undefined;
        const base = await baseAdvice(db, orgId, imageId);
        return documentFor(request, {
          id,
          type: 'fix_advice' as const,
          attributes: {
            severity,
            ...advice,
            upgrades: withRemedies(advice.upgrades, inventory?.packages ?? []),
            ...(base && { base_image: base }),
          },
        });
      },
    );
  };
}

/** Adds what to do about packages that cannot be upgraded by themselves, wherever in the image they are. */
function withRemedies(
  upgrades: FixAdvice['attributes']['upgrades'],
  installed: readonly Pick<InventoryPackage, 'purl' | 'nestedIn'>[],
): FixAdvice['attributes']['upgrades'] {
  const holders = new Map(installed.map(({ purl, nestedIn }) => [purl, nestedIn]));
  return upgrades.map((upgrade) => {
    const [first] = upgrade.packages;
    const remedy = first && remedyOf({ type: upgrade.type, name: first.name }, holders.get(first.purl));
    return { ...upgrade, ...(remedy !== undefined && { remedy }) };
  });
}
