import { Button, Group } from '@mantine/core';
import { type Integration, scanStatuses } from '@plimsoll/contracts';
import { ChoiceMenu } from '../../components/choice-menu.tsx';
import { SearchBox } from '../../components/search-box.tsx';
import { SeverityFilter } from '../../components/severity-filter.tsx';
import { scanStatusNames } from '../../domain/scan-status.ts';
import { isFiltered, type ImagesSearch } from './images-search.ts';

const statusOptions = scanStatuses.map((status) => ({ value: status, label: scanStatusNames[status] }));

/** Search and filters of the images, kept in the address. */
export function ImageFilters({
  search,
  integrations,
  onChange,
}: {
  readonly search: ImagesSearch;
  readonly integrations: readonly Integration[];
  readonly onChange: (change: ImagesSearch) => void;
}) {
  const registries = integrations.map(({ id, attributes }) => ({
    value: id,
    label: attributes.profile_name,
  }));
  return (
    <Group gap="xs" mb="md" role="search">
      <SearchBox label="Search repositories" value={search.q} onChange={(q) => onChange({ q })} />
      <SeverityFilter chosen={search.severity} onChange={(severity) => onChange({ severity })} />
      {(registries.length > 1 || search.registry) && (
        <ChoiceMenu
          label="Registry"
          options={registries}
          chosen={search.registry}
          onChange={(registry) => onChange({ registry })}
        />
      )}
      <ChoiceMenu
        label="Scan"
        options={statusOptions}
        chosen={search.status}
        onChange={(status) => onChange({ status })}
      />
      {isFiltered(search) && (
        <Button
          variant="subtle"
          color="gray"
          onClick={() =>
            onChange({ q: undefined, severity: undefined, registry: undefined, status: undefined })
          }
        >
          Clear
        </Button>
      )}
    </Group>
  );
}
