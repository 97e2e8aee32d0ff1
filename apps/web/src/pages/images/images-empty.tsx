import { Button, Code } from '@mantine/core';
import type { Integration } from '@plimsoll/contracts';
import { Link } from '@tanstack/react-router';
import { EmptyState } from '../../components/empty-state.tsx';
import { ImagesIcon, RegistriesIcon, SyncIcon } from '../../components/icons.tsx';
import { NoMatch } from '../../components/no-match.tsx';

/** Why there are no images to show, and what to do about it. */
export function ImagesEmpty({
  isFiltered,
  integrations,
  isSyncing,
  onClear,
}: {
  readonly isFiltered: boolean;
  readonly integrations: readonly Integration[];
  readonly isSyncing: boolean;
  readonly onClear: () => void;
}) {
  if (isFiltered) {
    return (
      <NoMatch noun="repository" onClear={onClear}>
        Nothing fits all that was asked for.
      </NoMatch>
    );
  }
  if (integrations.length === 0) return <NoRegistry />;
  if (isSyncing) {
    return (
      <EmptyState icon={<SyncIcon size={26} />} title="The first images are on their way">
        A sync is running. Images appear here as soon as the registry has told of them; there is no need to
        reload.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<ImagesIcon size={26} />}
      title="No images yet"
      action={
        <Button renderRoot={(props) => <Link to="/registries" {...props} />}>Go to the registries</Button>
      }
    >
      A registry is connected, but no sync has brought images from it. Start one, or see why the last one
      found nothing.
    </EmptyState>
  );
}

/** No registry is connected; says how to connect one. */
export function NoRegistry() {
  return (
    <EmptyState icon={<RegistriesIcon size={26} />} title="No registry is connected">
      Connect one from the machine that runs Plimsoll:
      <Code block mt="sm" ta="left" style={{ whiteSpace: 'pre-wrap' }}>
        npm run quickstart -- --registry https://registry.example --type harbor-cr --username …
        --password-stdin
      </Code>
    </EmptyState>
  );
}
