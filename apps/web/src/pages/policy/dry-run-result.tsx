import { Button } from '@mantine/core';
import { useState } from 'react';
import type { DryRun } from '../../api/import-policy.ts';
import { PlainTable } from '../../components/plain-table.tsx';
import { Warnings } from '../../components/warnings.tsx';
import { counted, grouping } from '../../domain/count.ts';
import styles from './policy.module.css';

/** Rows that are shown at once, and added when asked. */
const rowStep = 100;

/** What the next run would import and delete, and why, image by image. */
export function DryRunResult({ dryRun: { data, meta } }: { readonly dryRun: DryRun }) {
  const [shown, setShown] = useState(rowStep);
  const { result } = data.attributes;
  if (!result) return null;
  const reasons = meta?.reasons ?? [];
  const imported = imagesOf(result.images_to_import);
  const deleted = imagesOf(result.images_to_delete);
  return (
    <section aria-label="What the policy would do" className={styles.form}>
      <b role="status">
        {counted(imported.size, 'image')} to import, {counted(deleted.size, 'project')} to delete, of{' '}
        {counted(result.total_images_processed, 'image')}
      </b>
      {meta && (
        <span className={styles.quiet}>
          {grouping(meta.already_imported)} with a project already, {grouping(meta.truncated)} left for later
          runs, {grouping(meta.tombstoned)} left out since a person deleted them
        </span>
      )}
      {meta && meta.warnings.length > 0 && (
        <Warnings title={counted(meta.warnings.length, 'warning')} warnings={meta.warnings} />
      )}
      {reasons.length > 0 && (
        <PlainTable label="Images and reasons" columns={['Image', 'Next run', 'Reason']}>
          {reasons.slice(0, shown).map(({ repository, tag, admitted, reason }) => {
            const image = `${repository}:${tag}`;
            return (
              <tr key={image}>
                <td>{image}</td>
                <td>
                  {imported.has(image)
                    ? 'import'
                    : deleted.has(image)
                      ? 'delete'
                      : admitted
                        ? 'keep'
                        : 'leave out'}
                </td>
                <td>{reason}</td>
              </tr>
            );
          })}
        </PlainTable>
      )}
      {reasons.length > shown && (
        <div>
          <Button size="xs" variant="default" onClick={() => setShown(shown + rowStep)}>
            More of {counted(reasons.length, 'image')}
          </Button>
        </div>
      )}
    </section>
  );
}

function imagesOf(groups: readonly { repository: string; tags: readonly { tag: string }[] }[]): Set<string> {
  return new Set(groups.flatMap(({ repository, tags }) => tags.map(({ tag }) => `${repository}:${tag}`)));
}
