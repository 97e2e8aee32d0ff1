import { Button, Loader } from '@mantine/core';
import type { Project } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import { useProjectsOf } from '../../api/projects.ts';
import { Digest } from '../../components/digest.tsx';
import { Failure } from '../../components/failure.tsx';
import { SeverityBar } from '../../components/severity-bar.tsx';
import { Time } from '../../components/time.tsx';
import { newestFirst } from '../../domain/newest-first.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { ScanState } from './scan-state.tsx';
import styles from './tag-list.module.css';

/** The tags of one repository, newest first. */
export function TagList({
  targetId,
  repository,
}: {
  readonly targetId: string;
  readonly repository: string;
}) {
  const projects = useProjectsOf(useOrgId(), targetId);
  const tags = newestFirst(projects.data?.pages.flatMap((page) => page.items) ?? []);
  return (
    <div className={styles.tags}>
      {tags.length > 0 && (
        <table className={styles.table} aria-label={`Tags of ${repository}`}>
          <thead>
            <tr>
              <th scope="col">Tag</th>
              <th scope="col">Digest</th>
              <th scope="col">Issues</th>
              <th scope="col">Pushed</th>
              <th scope="col">Scanned</th>
            </tr>
          </thead>
          <tbody>
            {tags.map((project) => (
              <TagRow key={project.id} project={project} />
            ))}
          </tbody>
        </table>
      )}
      {projects.isPending && (
        <span className={styles.note} role="status">
          <Loader size="xs" /> Reading the tags
        </span>
      )}
      {projects.isError && (
        <Failure
          what={`The tags of ${repository} could not be read`}
          error={projects.error}
          onRetry={tags.length > 0 && projects.hasNextPage ? projects.fetchNextPage : projects.refetch}
        />
      )}
      {projects.hasNextPage && !projects.isError && (
        <Button
          variant="subtle"
          size="xs"
          mt="xs"
          loading={projects.isFetchingNextPage}
          onClick={() => void projects.fetchNextPage()}
        >
          Show more tags
        </Button>
      )}
      {projects.data && tags.length === 0 && (
        <span className={styles.note}>This repository has no tags.</span>
      )}
    </div>
  );
}

function TagRow({ project }: { readonly project: Project }) {
  const { image, latest_issue_counts: counts } = project.meta;
  return (
    <tr>
      <td>
        <Link to="/images/$projectId" params={{ projectId: project.id }} search={{}} className={styles.tag}>
          {project.attributes.target_reference}
        </Link>
      </td>
      <td>{image.digest ? <Digest digest={image.digest} /> : <span className={styles.quiet}>–</span>}</td>
      <td>{counts ? <SeverityBar counts={counts} /> : <span className={styles.quiet}>–</span>}</td>
      <td className={styles.quiet}>
        {image.pushed_at === undefined ? (
          image.first_seen_at !== undefined && 'seen '
        ) : (
          <span className={styles.unheaded}>pushed </span>
        )}
        <Time at={image.pushed_at ?? image.first_seen_at} />
      </td>
      <td>
        {image.scan_status === 'scanned' && <span className={styles.unheaded}>scanned </span>}
        <ScanState image={image} />
      </td>
    </tr>
  );
}
