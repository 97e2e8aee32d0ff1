import { type Issue, noIssues, type Project, type ProjectPackage, severities } from '@plimsoll/contracts';
import { ago, digestOf, type RestWorld, uuidOf } from './rest-world.ts';

const hour = 3_600_000;

/** Adds a package to the image of a project, and returns it. */
export function addPackage(
  world: RestWorld,
  project: Project,
  name: string,
  version: string,
  attributes: Partial<ProjectPackage['attributes']> = {},
): ProjectPackage {
  const layer = digestOf(`layer ${attributes.layer_index ?? 0}`);
  const found: ProjectPackage = {
    id: uuidOf(`package ${project.id} ${name} ${version}`),
    type: 'package',
    attributes: {
      purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?distro=bookworm`,
      type: 'deb',
      name,
      version,
      arch: 'amd64',
      evidence: 'installed',
      layer,
      layer_index: 0,
      layer_created_by:
        'RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends nginx curl',
      locations: [{ path: 'var/lib/dpkg/status', layer }],
      issue_counts: { ...noIssues },
      ...attributes,
    },
  };
  world.packages.set(project.id, [...(world.packages.get(project.id) ?? []), found]);
  return found;
}

/** Adds an issue of a package to a project, and returns it. */
export function addIssue(
  world: RestWorld,
  project: Project,
  found: ProjectPackage,
  key: string,
  attributes: Partial<Issue['attributes']> & { fixedIn?: string } = {},
): Issue {
  const { fixedIn, ...rest } = attributes;
  const { name, version, purl } = found.attributes;
  const severity = rest.effective_severity_level ?? 'high';
  const issue: Issue = {
    id: uuidOf(`issue ${project.id} ${purl} ${key}`),
    type: 'issue',
    attributes: {
      key,
      title: `${name}: something can be made to go wrong`,
      type: 'package_vulnerability',
      status: 'open',
      ignored: false,
      effective_severity_level: severity,
      risk: {
        score: { value: 100 * (severities.length - severities.indexOf(severity)), model: 'plimsoll-1' },
        factors: [{ name: 'severity', value: 1 - 0.2 * severities.indexOf(severity), weight: 0.55 }],
      },
      classes: [{ id: 'CWE-787', source: 'CWE', type: 'weakness' }],
      confidence: 'high',
      created_at: ago(200 * hour),
      updated_at: ago(100 * hour),
      problems: [{ id: key, source: 'CVE', url: `https://nvd.nist.gov/vuln/detail/${key}` }],
      severities: [
        {
          source: 'NVD',
          level: severity,
          score: 9.5 - 2 * severities.indexOf(severity),
          vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
          version: '3.1',
        },
      ],
      coordinates: [
        {
          is_fixable_upstream: fixedIn !== undefined,
          fix_state: fixedIn === undefined ? 'no-fix' : 'fixed',
          ...(fixedIn !== undefined && { fixed_in: fixedIn }),
          ...(found.attributes.layer_index >= 0 && {
            introduced_by: {
              layer_index: found.attributes.layer_index,
              ...(found.attributes.layer_created_by && { instruction: found.attributes.layer_created_by }),
            },
          }),
          representations: [{ dependency: { package_name: name, package_version: version, purl } }],
        },
      ],
      advisories: [{ id: `DEBIAN-${key}`, source: 'Debian', modified: ago(100 * hour) }],
      published_at: ago(5_000 * hour),
      ...rest,
    },
    relationships: {
      organization: { data: { id: world.org.id, type: 'org' } },
      scan_item: { data: { id: project.id, type: 'project' } },
    },
  };
  world.issues.set(project.id, [...(world.issues.get(project.id) ?? []), issue]);
  if (rest.hidden_reason === undefined) found.attributes.issue_counts[severity] += 1;
  return issue;
}
