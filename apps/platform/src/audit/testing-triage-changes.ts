import type { ChangeWorld, Recipe } from './testing-changes.ts';

/** Requests that change what is said about issues. */
export const triage: Readonly<Record<string, Recipe>> = {
  'POST /rest/orgs/{org_id}/policies': async (world) => ({
    url: `${world.org}/policies`,
    body: { data: { type: 'policy', attributes: ignorePolicy() } },
  }),
  'PATCH /rest/orgs/{org_id}/policies/{policy_id}': async (world) => ({
    url: `${world.org}/policies/${await world.make(`${world.org}/policies`, 'policy', ignorePolicy())}`,
    body: { data: { type: 'policy', attributes: { action: { data: { reason: 'another' } } } } },
  }),
  'DELETE /rest/orgs/{org_id}/policies/{policy_id}': async (world) => ({
    url: `${world.org}/policies/${await world.make(`${world.org}/policies`, 'policy', ignorePolicy())}`,
  }),
  'POST /rest/orgs/{org_id}/vex_documents': async (world) => ({
    url: `${world.org}/vex_documents`,
    body: { data: { type: 'vex_document', attributes: vexDocument(world) } },
  }),
  'DELETE /rest/orgs/{org_id}/vex_documents/{vex_document_id}': async (world) => {
    const documents = `${world.org}/vex_documents`;
    return { url: `${documents}/${await world.make(documents, 'vex_document', vexDocument(world))}` };
  },
  'POST /v1/org/{org_id}/project/{project_id}/ignore/{issue_id}': async (world) => ({
    url: await v1Ignore(world),
    body: { reasonType: 'wont-fix', disregardIfFixable: false },
  }),
  'PUT /v1/org/{org_id}/project/{project_id}/ignore/{issue_id}': async (world) => ({
    url: await v1Ignore(world),
    body: [{ reasonType: 'wont-fix' }],
  }),
  'DELETE /v1/org/{org_id}/project/{project_id}/ignore/{issue_id}': async (world) => {
    const url = await v1Ignore(world);
    await world.ok('POST', url, { reasonType: 'wont-fix' });
    return { url };
  },
};

function ignorePolicy() {
  const condition = { field: 'snyk/asset/finding/v1', operator: 'includes', value: 'CVE-2026-1' };
  return {
    action_type: 'ignore',
    action: { data: { ignore_type: 'wont-fix' } },
    conditions_group: { logical_operator: 'and', conditions: [condition] },
  };
}

function vexDocument(world: ChangeWorld) {
  const document = {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': world.name('https://example.com/vex'),
    author: 'Example',
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
    statements: [
      {
        vulnerability: { name: 'CVE-2026-1' },
        products: [{ '@id': 'pkg:deb/debian/tar' }],
        status: 'not_affected',
      },
    ],
  };
  return { name: 'vex.json', document };
}

async function v1Ignore(world: ChangeWorld): Promise<string> {
  return `/v1/org/${world.platform.orgId}/project/${(await world.project()).id}/ignore/CVE-2026-1`;
}
