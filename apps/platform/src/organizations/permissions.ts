import type { Role } from '@plimsoll/contracts';

/** What somebody can be allowed to do in an organization. */
export const permissions = [
  'org.read',
  'org.edit',
  'org.integration.read',
  'org.integration.edit',
  'org.project.read',
  'org.project.edit',
  'org.project.delete',
  'org.project.test',
  'org.project.snapshot.read',
  'org.project.ignore.read',
  'org.project.ignore.create',
  'org.project.ignore.edit',
  'org.project.ignore.delete',
  'org.container_image.read',
  'org.service_account.read',
  'org.service_account.create',
  'org.service_account.edit',
  'org.service_account.delete',
  'org.membership.read',
  'org.membership.add',
  'org.membership.edit',
  'org.membership.delete',
  'org.user.invite',
  'org.report.read',
  'org.audit_log.read',
] as const;
export type Permission = (typeof permissions)[number];

const reading: readonly Permission[] = [
  'org.read',
  'org.integration.read',
  'org.project.read',
  'org.project.snapshot.read',
  'org.project.ignore.read',
  'org.container_image.read',
  'org.membership.read',
  'org.report.read',
];

const byRole: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  admin: new Set(permissions),
  collaborator: new Set([
    ...reading,
    'org.project.edit',
    'org.project.delete',
    'org.project.test',
    'org.project.ignore.create',
    'org.project.ignore.edit',
    'org.project.ignore.delete',
  ]),
  viewer: new Set(reading),
  // For automation that connects registries and imports images.
  sync: new Set([...reading, 'org.integration.edit', 'org.project.test']),
};

/** The permissions of a role. */
export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return byRole[role];
}
