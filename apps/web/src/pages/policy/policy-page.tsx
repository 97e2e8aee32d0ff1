import { Paper } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { type PolicyDraft, useImportPolicy } from '../../api/import-policy.ts';
import { useIntegrations } from '../../api/integrations.ts';
import { useMay } from '../../api/session.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { PageTitle } from '../page-title.tsx';
import { editReason } from '../sync/sync-controls.tsx';
import { PolicyForm } from './policy-form.tsx';
import styles from './policy.module.css';
import { VerifyPolicy } from './verify-policy.tsx';

const route = getRouteApi('/frame/registries/$integrationId/policy');

/** Configures what a sync imports: choose, set options, continue, verify, save. */
export function PolicyPage() {
  const orgId = useOrgId();
  const { integrationId } = route.useParams();
  const policy = useImportPolicy(orgId, integrationId);
  const integrations = useIntegrations(orgId);
  const mayEdit = useMay('org.integration.edit');
  const [draft, setDraft] = useState<PolicyDraft>();
  const [isVerifying, setVerifying] = useState(false);
  const name = integrations.data?.find(({ id }) => id === integrationId)?.attributes.profile_name;
  return (
    <>
      <PageTitle title={name === undefined ? 'Auto-sync' : `Auto-sync of ${name}`} />
      <Paper component="section" withBorder className={styles.page} aria-label="Auto-sync">
        {!mayEdit && <Notice kind="note">{editReason}</Notice>}
        {policy.isPending && <NothingYet rows={2} />}
        {policy.isError && (
          <Failure what="The policy could not be read" error={policy.error} onRetry={policy.refetch} />
        )}
        {policy.data !== undefined && !(isVerifying && draft) && (
          <PolicyForm
            policy={draft ?? policy.data ?? undefined}
            mayEdit={mayEdit}
            onContinue={(next) => {
              setDraft(next);
              setVerifying(true);
            }}
          />
        )}
        {isVerifying && draft && (
          <VerifyPolicy integrationId={integrationId} draft={draft} onBack={() => setVerifying(false)} />
        )}
      </Paper>
    </>
  );
}
