import type { Recipe } from './testing-changes.ts';

/** Requests that change what is set, and what belongs to whom. */
export const settings: Readonly<Record<string, Recipe>> = {
  'POST /rest/self/password': async (world) => {
    const login = { email: `${world.name('ada')}@example.test`, password: 'ten letters or more' };
    const invite = await world.ok('POST', `${world.org}/invites`, {
      data: { type: 'org_invitation', attributes: { email: login.email, role: 'viewer' } },
    });
    const token = invite.json<{ data: { attributes: { url: string } } }>().data.attributes.url.split('#')[1];
    const attributes = { token, name: 'Ada', password: login.password };
    await world.platform.request('POST', '/rest/invites/accept', {
      token: null,
      body: { data: { type: 'invite_acceptance', attributes } },
    });
    const change = { current_password: login.password, new_password: 'more than ten letters' };
    return {
      url: '/rest/self/password',
      token: null,
      headers: { cookie: await world.platform.signIn(login) },
      body: { data: { type: 'password_change', attributes: change } },
      secrets: Object.values(change),
    };
  },
  'PATCH /rest/orgs/{org_id}/integrations/{integration_id}/settings': async (world) => ({
    url: `${world.org}/integrations/${await world.integration()}/settings`,
    body: { data: { type: 'integration_settings', attributes: { container_app_scan_enabled: false } } },
  }),
  'PUT /v1/org/{org_id}/integrations/{integration_id}/settings': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}/settings`,
    body: { containerAppScanEnabled: false },
  }),
  'POST /v1/org/{org_id}/integrations/{integration_id}/clone': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/integrations/${await world.integration()}/clone`,
    body: { destinationOrgPublicId: world.platform.orgId },
  }),
  'PUT /v1/org/{org_id}/project/{project_id}/move': async (world) => ({
    url: `/v1/org/${world.platform.orgId}/project/${(await world.project()).id}/move`,
    body: { targetOrgId: world.platform.orgId },
  }),
};
