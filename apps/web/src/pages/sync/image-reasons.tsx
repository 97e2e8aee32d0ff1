import { Button, Group, NativeSelect, TextInput } from '@mantine/core';
import type { ImageVerdict, SyncRun } from '@plimsoll/contracts';
import { type FormEvent, useState } from 'react';
import { useImageReasons } from '../../api/sync-runs.ts';
import { Failure } from '../../components/failure.tsx';
import { PlainTable } from '../../components/plain-table.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import styles from './sync.module.css';

type Outcome = NonNullable<ImageVerdict['attributes']['outcome']>;

const outcomeNames: Readonly<Record<Outcome, string>> = {
  imported: 'has a project',
  tombstoned: 'left out: a person deleted its project',
  truncated: 'left for the next runs',
};

/** Why the newest run admitted or left out each image, once somebody asks. */
export function ImageReasons({ run }: { readonly run: SyncRun }) {
  const [isOpen, setOpen] = useState(false);
  if (!isOpen) {
    return (
      <div>
        <Button size="xs" variant="default" onClick={() => setOpen(true)}>
          Why each image
        </Button>
      </div>
    );
  }
  return <Reasons run={run} />;
}

function Reasons({ run }: { readonly run: SyncRun }) {
  const [typed, setTyped] = useState('');
  const [filter, setFilter] = useState<{ repository?: string; admitted?: string }>({});
  const reasons = useImageReasons(useOrgId(), run.relationships.integration.data.id, run.id, filter);
  const images = reasons.data?.pages.flatMap((page) => page.items) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const { repository: _former, ...others } = filter;
    setFilter(typed.trim() === '' ? others : { ...others, repository: typed.trim() });
  };
  const choose = (admitted: string) => {
    const { admitted: _former, ...others } = filter;
    setFilter(admitted === '' ? others : { ...others, admitted });
  };
  return (
    <section className={styles.prune} aria-label="Images and reasons">
      <form onSubmit={submit}>
        <Group gap="xs" align="flex-end">
          <TextInput
            label="Repository"
            placeholder="all"
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <NativeSelect
            label="Policy"
            value={filter.admitted ?? ''}
            data={[
              { value: '', label: 'All images' },
              { value: 'true', label: 'Admitted' },
              { value: 'false', label: 'Left out' },
            ]}
            onChange={(event) => choose(event.currentTarget.value)}
          />
          <Button type="submit" variant="default">
            Filter
          </Button>
        </Group>
      </form>
      {reasons.isError && (
        <Failure what="The reasons could not be read" error={reasons.error} onRetry={reasons.refetch} />
      )}
      {reasons.data && images.length === 0 && <span className={styles.quiet}>No image is like that.</span>}
      {images.length > 0 && (
        <PlainTable label="Reasons" columns={['Image', 'What became of it', 'Reason']}>
          {images.map(({ id, attributes: { admitted, outcome, reason } }) => (
            <tr key={id}>
              <td>{id}</td>
              <td>{outcome ? outcomeNames[outcome] : admitted ? 'admitted' : 'left out'}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </PlainTable>
      )}
      {reasons.hasNextPage && (
        <div>
          <Button
            size="xs"
            variant="default"
            loading={reasons.isFetchingNextPage}
            onClick={() => void reasons.fetchNextPage()}
          >
            More images
          </Button>
        </div>
      )}
    </section>
  );
}
