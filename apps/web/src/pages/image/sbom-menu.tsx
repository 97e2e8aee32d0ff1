import { Button, Menu } from '@mantine/core';
import { sbomFormats } from '@plimsoll/contracts';
import { addressOf } from '../../api/client.ts';
import { useOrgId } from '../../frame/org-context.ts';

const names: Record<(typeof sbomFormats)[number], string> = {
  'cyclonedx1.6+json': 'CycloneDX 1.6 (JSON)',
  'cyclonedx1.6+xml': 'CycloneDX 1.6 (XML)',
  'cyclonedx1.5+json': 'CycloneDX 1.5 (JSON)',
  'cyclonedx1.5+xml': 'CycloneDX 1.5 (XML)',
  'cyclonedx1.4+json': 'CycloneDX 1.4 (JSON)',
  'cyclonedx1.4+xml': 'CycloneDX 1.4 (XML)',
  'spdx2.3+json': 'SPDX 2.3 (JSON)',
};

/** Downloads what is in an image as an SBOM, in the form that is chosen. */
export function SbomMenu({ projectId }: { readonly projectId: string }) {
  const path = `/orgs/${useOrgId()}/projects/${projectId}/sbom`;
  return (
    <Menu position="bottom-start" shadow="md">
      <Menu.Target>
        <Button variant="default">Export SBOM</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {sbomFormats.map((format) => (
          <Menu.Item key={format} component="a" href={addressOf(path, { format })} download>
            {names[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
