import { Button, Code, Group } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import {
  hasEnded,
  type PolicyDraft,
  useDryRun,
  useSavePolicy,
  useStartDryRun,
} from '../../api/import-policy.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { SyncBar } from '../../components/sync-bar.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { DryRunResult } from './dry-run-result.tsx';
import styles from './policy.module.css';

/** Shows what a policy would do, without doing it, and saves it. */
export function VerifyPolicy({
  integrationId,
  draft,
  onBack,
}: {
  readonly integrationId: string;
  readonly draft: PolicyDraft;
  readonly onBack: () => void;
}) {
  const orgId = useOrgId();
  const navigate = useNavigate();
  const start = useStartDryRun(orgId, integrationId);
  const dryRun = useDryRun(orgId, integrationId, start.data);
  const save = useSavePolicy(orgId, integrationId);
  const { mutate: begin } = start;
  useEffect(() => begin(draft), [begin, draft]);

  const leave = () => navigate({ to: '/registries/$integrationId', params: { integrationId } });
  const { error_message: failure } = dryRun.data?.data.attributes ?? {};
  return (
    <div className={styles.form}>
      <Code block aria-label="The policy to verify">
        {JSON.stringify(draft, undefined, 2)}
      </Code>
      {start.isError && <Failure what="The policy cannot be used" error={start.error} />}
      {dryRun.isError && <Failure what="The dry run could not be read" error={dryRun.error} />}
      {!start.isError && !(dryRun.data && hasEnded(dryRun.data)) && (
        <div role="status">
          The registry is being listed to tell what the policy would do. You can save without waiting.
          <SyncBar percent={undefined} />
        </div>
      )}
      {failure !== undefined && (
        <Notice kind="bad" title="The dry run failed">
          {failure}
        </Notice>
      )}
      {dryRun.data && <DryRunResult dryRun={dryRun.data} />}
      {save.isError && <Failure what="The policy could not be saved" error={save.error} />}
      <Group gap="xs">
        <Button
          loading={save.isPending}
          disabled={start.isError}
          onClick={() => save.mutate(draft, { onSuccess: () => void leave() })}
        >
          Save
        </Button>
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <span className={styles.quiet}>A saved policy runs at once.</span>
      </Group>
    </div>
  );
}
