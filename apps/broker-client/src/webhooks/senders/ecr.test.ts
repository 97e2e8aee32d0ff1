import { ecr } from './ecr.ts';
import { testSender } from './sender.conformance.ts';
import { digest, image, authorizations } from './testing-samples.ts';

const ecrPush = {
  version: '0',
  id: '13cd',
  'detail-type': 'ECR Image Action',
  source: 'aws.ecr',
  account: '123456789012',
  time: '2024-01-02T03:04:05Z',
  region: 'eu-west-1',
  resources: [],
  detail: {
    result: 'SUCCESS',
    'repository-name': 'team/app',
    'image-digest': digest,
    'action-type': 'PUSH',
    'image-tag': '1.0',
  },
};
testSender(ecr, {
  pushes: [
    { name: 'a push', body: ecrPush, says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }] },
  ],
  others: [
    { body: { ...ecrPush, detail: { ...ecrPush.detail, 'image-tag': undefined } } },
    { body: { ...ecrPush, detail: { ...ecrPush.detail, 'action-type': 'DELETE' } } },
    { body: { ...ecrPush, 'detail-type': 'ECR Image Scan', detail: {} } },
  ],
  signings: authorizations,
});
