import { nexus } from './nexus.ts';
import { testSender } from './sender.conformance.ts';
import { image, hmac } from './testing-samples.ts';

const nexusHeaders = { 'x-nexus-webhook-id': 'rm:repository:component', 'x-nexus-webhook-delivery': '1' };
const nexusPush = {
  timestamp: '2024-01-02T03:04:05.678+00:00',
  nodeId: 'x',
  initiator: 'ci/10.0.0.9',
  repositoryName: 'docker-hosted',
  action: 'CREATED',
  component: {
    id: '1',
    componentId: 'ZG9ja2Vy',
    format: 'docker',
    name: 'team/app',
    group: null,
    version: '1.0',
  },
};
testSender(nexus, {
  pushes: [
    {
      name: 'a push',
      headers: nexusHeaders,
      body: nexusPush,
      says: [{ ...image, pushedAt: '2024-01-02T03:04:05.678Z' }],
    },
    {
      name: 'a moved tag',
      headers: nexusHeaders,
      body: { ...nexusPush, action: 'UPDATED' },
      says: [{ ...image, pushedAt: '2024-01-02T03:04:05.678Z' }],
    },
  ],
  others: [
    { headers: nexusHeaders, body: { ...nexusPush, action: 'DELETED' } },
    {
      headers: nexusHeaders,
      body: { ...nexusPush, component: { ...nexusPush.component, format: 'maven2' } },
    },
    { headers: { 'x-nexus-webhook-id': 'rm:repository:asset' }, body: { action: 'CREATED', asset: {} } },
  ],
  signings: [(bytes, secret) => ({ 'x-nexus-webhook-signature': hmac('sha1', bytes, secret) })],
});
