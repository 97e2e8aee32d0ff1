import { harbor } from './harbor.ts';
import { testSender } from './sender.conformance.ts';
import { digest, child, image, authorizations } from './testing-samples.ts';

testSender(harbor, {
  pushes: [
    {
      name: 'the default format',
      body: {
        type: 'PUSH_ARTIFACT',
        occur_at: 1704164645,
        operator: 'ci',
        event_data: {
          resources: [
            { digest, tag: '1.0', resource_url: 'h.test/team/app:1.0' },
            { digest: child, tag: child, resource_url: 'h.test/team/app@x' },
          ],
          repository: {
            date_created: 1700000000,
            name: 'app',
            namespace: 'team',
            repo_full_name: 'team/app',
            repo_type: 'private',
          },
        },
      },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
    {
      name: 'CloudEvents',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: {
        specversion: '1.0',
        id: '1',
        source: '/projects/1/webhook/policies/2',
        type: 'harbor.artifact.pushed',
        datacontenttype: 'application/json',
        time: '2024-01-02T03:04:05Z',
        data: { resources: [{ digest, tag: '1.0' }], repository: { repo_full_name: 'team/app' } },
        operator: 'ci',
      },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
  ],
  others: [
    { body: { type: 'SCANNING_COMPLETED', occur_at: 1, event_data: { repository: {} } } },
    { body: { specversion: '1.0', id: '1', source: 'x', type: 'harbor.artifact.deleted', data: {} } },
  ],
  signings: authorizations,
});
