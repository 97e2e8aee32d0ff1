import { Box, Paper, Tabs } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useProject } from '../../api/projects.ts';
import { Failure } from '../../components/failure.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { grouping } from '../../domain/count.ts';
import { totalOf } from '../../domain/severity.ts';
import { useOrgId } from '../../frame/org-context.ts';
import { FixesTab } from './fixes-tab.tsx';
import { ImageHeader } from './image-header.tsx';
import type { ImageSearch } from './image-search.ts';
import { IssuesTab } from './issues-tab.tsx';
import { PackagesTab } from './packages-tab.tsx';
import { ScanNotices } from './scan-notices.tsx';

const route = getRouteApi('/frame/images/$projectId');

/** One image under one of its names: what it is, its issues, its packages. */
export function ImagePage() {
  const { projectId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const project = useProject(useOrgId(), projectId);

  const change = useCallback(
    (change: ImageSearch) =>
      void navigate({ search: (old) => ({ ...old, ...change }), replace: true, resetScroll: false }),
    [navigate],
  );
  const toggle = useCallback(
    (id: string) =>
      void navigate({
        search: (old) => ({ ...old, open: old.open === id ? undefined : id }),
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );

  if (project.isPending) return <NothingYet rows={4} height={80} />;
  if (!project.data) {
    return <Failure what="The image could not be read" error={project.error} onRetry={project.refetch} />;
  }

  const { image, latest_issue_counts: counts, latest_dependency_total: dependencies } = project.data.meta;
  const wasScanned = image.scanned_at !== undefined;
  return (
    <>
      {project.isError && (
        <Box mb="md">
          <Failure what="The image could not be read again" error={project.error} onRetry={project.refetch} />
        </Box>
      )}
      <ImageHeader project={project.data} />
      <ScanNotices image={image} />
      {wasScanned && (
        <Paper withBorder mt="md" style={{ overflow: 'clip' }}>
          <Tabs
            value={search.tab ?? 'issues'}
            keepMounted={false}
            onChange={(tab) =>
              change({
                tab: tab === 'packages' || tab === 'fixes' ? tab : undefined,
                q: undefined,
                open: undefined,
              })
            }
          >
            <Tabs.List px="xs">
              <Tabs.Tab value="issues">Issues {counts && <b>{grouping(totalOf(counts))}</b>}</Tabs.Tab>
              <Tabs.Tab value="fixes">Fixes</Tabs.Tab>
              <Tabs.Tab value="packages">
                Packages {dependencies && <b>{grouping(dependencies.total)}</b>}
              </Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="issues">
              <IssuesTab project={project.data} search={search} onChange={change} onToggle={toggle} />
            </Tabs.Panel>
            <Tabs.Panel value="fixes">
              <FixesTab project={project.data} search={search} onChange={change} />
            </Tabs.Panel>
            <Tabs.Panel value="packages">
              <PackagesTab project={project.data} search={search} onChange={change} onToggle={toggle} />
            </Tabs.Panel>
          </Tabs>
        </Paper>
      )}
    </>
  );
}
