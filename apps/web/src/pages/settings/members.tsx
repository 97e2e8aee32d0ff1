import { Button, Code, NativeSelect, TextInput } from '@mantine/core';
import { roles, type Membership, type Role } from '@plimsoll/contracts';
import { useState, type FormEvent } from 'react';
import { useInvite, useMembers, useRemoveMember } from '../../api/members.ts';
import { Failure } from '../../components/failure.tsx';
import { Notice } from '../../components/notice.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { Time } from '../../components/time.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { Section } from './section.tsx';
import styles from './settings.module.css';

/** The people of the organization, and how others join. */
export function Members() {
  const orgId = useOrgId();
  const members = useMembers(orgId);
  const remove = useRemoveMember(orgId);
  return (
    <Section title="Members" note="Who may see this organization, and what they may do.">
      {members.isPending && <NothingYet rows={1} height={40} />}
      {members.isError && (
        <Failure what="The members could not be read" error={members.error} onRetry={members.refetch} />
      )}
      {remove.isError && <Failure what="The member could not be removed" error={remove.error} />}
      {members.data && (
        <PlainTable
          label="Members"
          columns={['Name', 'Address', 'Role', 'Since', '']}
          className={styles.table}
        >
          {members.data.map((member) => (
            <MemberRow
              key={member.id}
              member={member}
              isRemoved={remove.isPending && remove.variables === member.id}
              onRemove={() => remove.mutate(member.id)}
            />
          ))}
        </PlainTable>
      )}
      <InviteSomebody />
    </Section>
  );
}

function MemberRow({
  member: { attributes, relationships },
  isRemoved,
  onRemove,
}: {
  readonly member: Membership;
  readonly isRemoved: boolean;
  readonly onRemove: () => void;
}) {
  const { name, email } = relationships.user.data.attributes;
  return (
    <tr>
      <td>{name}</td>
      <td>{email}</td>
      <td>{relationships.role.data.id}</td>
      <td>
        <Time at={attributes.created_at} />
      </td>
      <td>
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Remove ${email}`}
          loading={isRemoved}
          onClick={onRemove}
        >
          Remove
        </Button>
      </td>
    </tr>
  );
}

function InviteSomebody() {
  const invite = useInvite(useOrgId());
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ email, role }, { onSuccess: () => setEmail('') });
  };
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <TextInput
          label="E-mail address"
          type="email"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          value={role}
          data={[...roles]}
          onChange={({ currentTarget: { value } }) =>
            setRole(roles.find((known) => known === value) ?? 'viewer')
          }
        />
        <Button type="submit" loading={invite.isPending}>
          Invite
        </Button>
      </form>
      {invite.isError && <Failure what="The invite could not be made" error={invite.error} />}
      {invite.data !== undefined && (
        <Notice kind="note" title="Send this address to the person; it is not shown again.">
          <Code data-testid="invite">{invite.data}</Code>
        </Notice>
      )}
    </>
  );
}
