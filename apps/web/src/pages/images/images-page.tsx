import { Box, Paper } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { useIntegrations } from '../../api/integrations.ts';
import { useRunningSyncs } from '../../api/sync-runs.ts';
import { useTargets } from '../../api/targets.ts';
import { Failure } from '../../components/failure.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { counted } from '../../domain/count.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { PageTitle } from '../page-title.tsx';
import { ImageFilters } from './image-filters.tsx';
import { ImagesEmpty } from './images-empty.tsx';
import { isFiltered, type ImagesSearch, toggled } from './images-search.ts';
import { RepositoryList } from './repository-list.tsx';
import { SyncProgress } from './sync-progress.tsx';

const route = getRouteApi('/frame/images');

/** All images, grouped by repository. */
export function ImagesPage() {
  const orgId = useOrgId();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const integrations = useIntegrations(orgId);
  const running = useRunningSyncs(orgId, integrations.data?.map(({ id }) => id) ?? []);
  const targets = useTargets(
    orgId,
    { search: search.q, severities: search.severity, integrations: search.registry, statuses: search.status },
    running.length > 0,
  );

  // Rows that scroll by are drawn anew only when what they are given changed, so these are made once.
  const change = useCallback(
    (change: ImagesSearch) =>
      void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false }),
    [navigate],
  );
  const toggle = useCallback(
    (id: string) =>
      void navigate({
        search: (old) => ({ ...old, open: toggled(old.open, id) }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );

  const { fetchNextPage } = targets;
  // Does nothing while a page is on its way.
  const readMore = useCallback(() => fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const rows = useMemo(() => targets.data?.pages.flatMap((page) => page.items) ?? [], [targets.data]);
  const count = targets.data?.pages[0]?.count;

  return (
    <>
      <PageTitle
        title="Images"
        note={count !== undefined && count > 0 && counted(count, 'repository', 'repositories')}
      />
      <SyncProgress runs={running} integrations={integrations.data ?? []} />
      <ImageFilters search={search} integrations={integrations.data ?? []} onChange={change} />
      {targets.isError && (
        <Box mb="md">
          <Failure
            what="The images could not be read"
            error={targets.error}
            onRetry={rows.length > 0 && targets.hasNextPage ? readMore : targets.refetch}
          />
        </Box>
      )}
      {integrations.isError && (
        <Box mb="md">
          <Failure
            what="The registries could not be read"
            error={integrations.error}
            onRetry={integrations.refetch}
          />
        </Box>
      )}
      {targets.isPending && <NothingYet />}
      {rows.length > 0 && (
        <Paper withBorder style={{ overflow: 'clip' }}>
          <RepositoryList
            targets={rows}
            integrations={integrations.data ?? []}
            openIds={search.open ?? []}
            onToggle={toggle}
            onMore={targets.hasNextPage && !targets.isError ? readMore : undefined}
          />
        </Paper>
      )}
      {targets.data && rows.length === 0 && (integrations.data || isFiltered(search)) && (
        <Paper withBorder>
          <ImagesEmpty
            isFiltered={isFiltered(search)}
            integrations={integrations.data ?? []}
            isSyncing={running.length > 0}
            onClear={() =>
              change({ q: undefined, severity: undefined, registry: undefined, status: undefined })
            }
          />
        </Paper>
      )}
    </>
  );
}
