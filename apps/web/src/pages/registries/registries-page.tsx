import { Box, Paper, SimpleGrid } from '@mantine/core';
import { useIntegrations } from '../../api/integrations.ts';
import { Failure } from '../../components/failure.tsx';
import { NothingYet } from '../../components/nothing-yet.tsx';
import { useOrgId } from '../../frame/org-context.ts';
import { NoRegistry } from '../images/images-empty.tsx';
import { PageTitle } from '../page-title.tsx';
import { RegistryCard } from './registry-card.tsx';

/** The connected registries, and whether each can be reached and was read. */
export function RegistriesPage() {
  const integrations = useIntegrations(useOrgId());
  return (
    <>
      <PageTitle title="Registries" />
      {integrations.isError && (
        <Box mb="md">
          <Failure
            what="The registries could not be read"
            error={integrations.error}
            onRetry={integrations.refetch}
          />
        </Box>
      )}
      {integrations.isPending && <NothingYet rows={2} height={220} />}
      {integrations.data?.length === 0 && (
        <Paper withBorder>
          <NoRegistry />
        </Paper>
      )}
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {integrations.data?.map((integration) => (
          <RegistryCard key={integration.id} integration={integration} />
        ))}
      </SimpleGrid>
    </>
  );
}
