import { z } from 'zod';
import { RegistryType } from '../registry-types.ts';

/** POST /v1/org/{o}/integrations */
export const V1IntegrationRequest = z.object({
  type: RegistryType,
  broker: z.object({ enabled: z.boolean() }).optional(),
  credentials: z.record(z.string(), z.unknown()).optional(),
});

/** PUT /v1/org/{o}/integrations/{i} */
export const V1IntegrationChange = V1IntegrationRequest.partial({ type: true });

/** GET /v1/org/{o}/integrations: the id of the first integration of each type. */
export const V1Integrations = z.record(z.string(), z.uuid());

/** POST .../authentication/provision-token and .../authentication/switch-token */
export const V1TokenAnswer = z.object({ id: z.uuid(), provisionalBrokerToken: z.string().optional() });

export const V1IntegrationAnswer = z.object({ id: z.uuid(), brokerToken: z.string().optional() });

/** GET and PUT /v1/org/{o}/integrations/{i}/settings: what is absent stays. */
export const V1IntegrationSettings = z.strictObject({ containerAppScanEnabled: z.boolean().optional() });
export type V1IntegrationSettings = z.infer<typeof V1IntegrationSettings>;

/** POST /v1/org/{o}/integrations/{i}/clone */
export const V1CloneRequest = z.object({ destinationOrgPublicId: z.uuid() });

/** The clone has a broker token of its own, shown here only. */
export const V1CloneAnswer = z.object({ newIntegrationId: z.uuid(), brokerToken: z.string() });

/** POST /v1/org/{o}/integrations/{i}/import: one image by hand. */
export const V1ImportRequest = z.object({ target: z.object({ name: z.string().min(1).max(512) }) });

/** GET /v1/org/{o}/integrations/{i}/import/{job} */
export const V1ImportJob = z.object({
  id: z.uuid(),
  status: z.enum(['pending', 'failed', 'complete']),
  created: z.string(),
  logs: z.array(
    z.object({
      name: z.string(),
      created: z.string(),
      status: z.enum(['pending', 'failed', 'complete']),
      projects: z.array(
        z.object({
          targetFile: z.string().optional(),
          success: z.boolean(),
          projectUrl: z.string(),
          userMessage: z.string().optional(),
        }),
      ),
    }),
  ),
});
export type V1ImportJob = z.infer<typeof V1ImportJob>;
