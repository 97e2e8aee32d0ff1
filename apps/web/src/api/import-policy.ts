import {
  documentOf,
  DryRunJob,
  DryRunMeta,
  DryRunReason,
  ImportPolicyResource,
  type ImportPolicy,
} from '@plimsoll/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { z } from 'zod';
import { read, send } from './client.ts';
import { RequestError } from './request-error.ts';
import { syncKey } from './sync-runs.ts';

/** How often a dry run is looked at while it works, milliseconds. */
const lookIntervalMs = 1_500;

/** A policy as a person wrote it; the platform says whether it is one. */
export type PolicyDraft = Omit<ImportPolicy, 'import_policy'> & { readonly import_policy: unknown };

const DryRunDocument = z.object({
  data: DryRunJob,
  meta: DryRunMeta.extend({ reasons: z.array(DryRunReason).default([]) }).optional(),
});
export type DryRun = z.infer<typeof DryRunDocument>;

/** The import policy of an integration; null when it has none. */
export function useImportPolicy(orgId: string, integrationId: string) {
  return useQuery({
    queryKey: syncKey(orgId, integrationId, 'policy'),
    queryFn: async ({ signal }): Promise<ImportPolicy | null> => {
      try {
        const answer = await read(pathOf(orgId, integrationId), documentOf(ImportPolicyResource), signal);
        return answer.data.attributes.policy;
      } catch (error) {
        if (error instanceof RequestError && error.code === 'not-found') return null;
        throw error;
      }
    },
  });
}

/** Asks what a policy would do; answers with the id of the job that finds out. */
export function useStartDryRun(orgId: string, integrationId: string) {
  return useMutation({
    mutationFn: async (policy: PolicyDraft) => {
      const path = `${pathOf(orgId, integrationId)}/dry_run`;
      const answer = await send('POST', path, documentFor(policy), documentOf(DryRunJob));
      return answer.data.id;
    },
  });
}

/** How a dry run stands, and in the end what it found, with the reason of each image. */
export function useDryRun(orgId: string, integrationId: string, jobId: string | undefined) {
  return useQuery({
    queryKey: ['dry-run', orgId, integrationId, jobId],
    queryFn: ({ signal }) =>
      read(`${pathOf(orgId, integrationId)}/dry_run/${jobId}`, DryRunDocument, signal, { reasons: 'true' }),
    enabled: jobId !== undefined,
    refetchInterval: ({ state }) => (state.data && hasEnded(state.data) ? false : lookIntervalMs),
  });
}

/** Whether a dry run has ended, well or not. */
export function hasEnded({ data }: DryRun): boolean {
  return ['completed', 'failed'].includes(data.attributes.status);
}

/** Sets the policy, which runs at once. */
export function useSavePolicy(orgId: string, integrationId: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (policy: PolicyDraft) => send('POST', pathOf(orgId, integrationId), documentFor(policy)),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: syncKey(orgId, integrationId) }),
  });
}

function documentFor(policy: PolicyDraft) {
  return { data: { type: 'container_registry_import_policy', attributes: { policy } } };
}

function pathOf(orgId: string, integrationId: string): string {
  return `/orgs/${orgId}/container_import/${integrationId}/policy`;
}
