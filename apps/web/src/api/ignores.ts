import {
  documentOf,
  ignoreFields,
  type IgnoreKind,
  IgnorePolicy,
  type IgnoreScope,
} from '@plimsoll/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { send } from './client.ts';

/** What a person decides about an issue. */
export type Decision = {
  readonly issueId: string;
  /** The project or target where it holds; everywhere in the organization when absent. */
  readonly place?: { readonly scope: Exclude<IgnoreScope, 'org'>; readonly id: string } | undefined;
  readonly kind: IgnoreKind;
  readonly reason: string;
  readonly expires?: string | undefined;
  readonly untilFixed: boolean;
};

/** Ignores an issue; everything that is shown is read again. */
export function useIgnore(orgId: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ issueId, place, kind, reason, expires, untilFixed }: Decision) => {
      const includes = (field: string, value: string) => ({ field, operator: 'includes', value });
      const attributes = {
        action_type: 'ignore',
        action: {
          data: {
            ignore_type: kind,
            reason,
            disregard_if_fixable: untilFixed,
            ...(expires !== undefined && { expires }),
          },
        },
        conditions_group: {
          logical_operator: 'and',
          conditions: [
            includes(ignoreFields.finding, issueId),
            ...(place ? [includes(ignoreFields[place.scope], place.id)] : []),
          ],
        },
      };
      const body = { data: { type: 'policy', attributes } };
      return send('POST', `/orgs/${orgId}/policies`, body, documentOf(IgnorePolicy));
    },
    onSuccess: refresh,
  });
}

/** Takes an ignore back. */
export function useStopIgnoring(orgId: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (policyId: string) => send('DELETE', `/orgs/${orgId}/policies/${policyId}`),
    onSuccess: refresh,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries();
}
