import { Button, Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import {
  type IgnoreKind,
  ignoreKinds,
  type IgnoreScope,
  type Issue,
  type Project,
} from '@plimsoll/contracts';
import { type FormEvent, useState } from 'react';
import { useIgnore, useStopIgnoring } from '../../api/ignores.ts';
import { Failure } from '../../components/failure.tsx';
import { Time } from '../../components/time.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { isFixable } from './issue-list.ts';
import styles from './issue-detail.module.css';

const kindNames: Readonly<Record<IgnoreKind, string>> = {
  'not-vulnerable': 'Not vulnerable',
  'wont-fix': 'Will not be fixed',
  'temporary-ignore': 'For a while',
};

const scopeNames: Readonly<Record<IgnoreScope, string>> = {
  project: 'This image',
  target: 'This repository',
  org: 'The whole organization',
};

/** What was decided about an issue, and the way to decide. */
export function IssueTriage({ issue, project }: { readonly issue: Issue; readonly project: Project }) {
  const [isDeciding, setDeciding] = useState(false);
  if (issue.attributes.ignore) return <Ignored issue={issue} ignore={issue.attributes.ignore} />;
  if (isDeciding) return <IgnoreForm issue={issue} project={project} onEnd={() => setDeciding(false)} />;
  return (
    <Button size="xs" variant="default" onClick={() => setDeciding(true)}>
      Ignore {issue.attributes.key} …
    </Button>
  );
}

function Ignored({
  issue,
  ignore,
}: {
  readonly issue: Issue;
  readonly ignore: NonNullable<Issue['attributes']['ignore']>;
}) {
  const stop = useStopIgnoring(useOrgId());
  return (
    <div className={styles.origin}>
      <b>
        Ignored: {kindNames[ignore.ignore_type]}. {scopeNames[ignore.scope]}.
      </b>
      {ignore.reason && <p>{ignore.reason}</p>}
      <small>
        By {ignore.created_by.name}, <Time at={ignore.created_at} />
        {ignore.expires && `, until ${ignore.expires.slice(0, 10)}`}
        {ignore.disregard_if_fixable && ', until a version fixes it'}
      </small>
      <div>
        <Button
          size="xs"
          variant="default"
          loading={stop.isPending}
          onClick={() => stop.mutate(ignore.policy_id)}
        >
          Stop ignoring {issue.attributes.key}
        </Button>
      </div>
      {stop.isError && <Failure what="It is still ignored" error={stop.error} />}
    </div>
  );
}

function IgnoreForm({
  issue,
  project,
  onEnd,
}: {
  readonly issue: Issue;
  readonly project: Project;
  readonly onEnd: () => void;
}) {
  const ignore = useIgnore(useOrgId());
  const [kind, setKind] = useState<IgnoreKind>('not-vulnerable');
  const [scope, setScope] = useState<IgnoreScope>('project');
  const [reason, setReason] = useState('');
  const [lastDay, setLastDay] = useState('');
  const [untilFixed, setUntilFixed] = useState(false);
  const ids = { project: project.id, target: project.relationships.target.data.id } as const;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const decision = {
      issueId: issue.id,
      place: scope === 'org' ? undefined : { scope, id: ids[scope] },
      kind,
      reason,
      // To the end of that day where the person is.
      expires: lastDay === '' ? undefined : new Date(`${lastDay}T23:59:59.999`).toISOString(),
      untilFixed,
    };
    ignore.mutate(decision, { onSuccess: onEnd });
  };
  return (
    <form aria-label={`Ignore ${issue.attributes.key}`} onSubmit={submit}>
      <NativeSelect
        label="Why"
        value={kind}
        data={ignoreKinds.map((value) => ({ value, label: kindNames[value] }))}
        onChange={(event) => setKind(event.currentTarget.value as IgnoreKind)}
      />
      <Textarea
        label="Reason"
        maxLength={4_000}
        autosize
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <NativeSelect
        label="Where"
        value={scope}
        data={Object.entries(scopeNames).map(([value, label]) => ({ value, label }))}
        onChange={(event) => setScope(event.currentTarget.value as IgnoreScope)}
      />
      <TextInput
        type="date"
        label="Until the end of"
        required={kind === 'temporary-ignore' && !untilFixed}
        value={lastDay}
        onChange={(event) => setLastDay(event.currentTarget.value)}
      />
      <Checkbox
        mt="xs"
        label="Only until a version fixes it"
        disabled={isFixable(issue)}
        description={isFixable(issue) ? 'A version fixes it already' : undefined}
        checked={untilFixed}
        onChange={(event) => setUntilFixed(event.currentTarget.checked)}
      />
      <Button type="submit" size="xs" mt="xs" mr="xs" loading={ignore.isPending}>
        Ignore
      </Button>
      <Button size="xs" mt="xs" variant="default" onClick={onEnd}>
        Cancel
      </Button>
      {ignore.isError && <Failure what="It could not be ignored" error={ignore.error} />}
    </form>
  );
}
