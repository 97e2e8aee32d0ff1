import { google } from './google.ts';
import { testSender } from './sender.conformance.ts';
import { digest } from './testing-samples.ts';

const pubSub = (message: object) => ({
  message: {
    data: Buffer.from(JSON.stringify(message)).toString('base64'),
    messageId: '1',
    publishTime: '2024-01-02T03:04:05.678Z',
  },
  subscription: 'projects/acme/subscriptions/plimsoll',
});
testSender(google, {
  pushes: [
    {
      name: 'a push to Artifact Registry',
      body: pubSub({
        action: 'INSERT',
        digest: `europe-docker.pkg.dev/acme/team/app@${digest}`,
        tag: 'europe-docker.pkg.dev/acme/team/app:1.0',
      }),
      says: [{ repository: 'acme/team/app', tag: '1.0', digest, pushedAt: '2024-01-02T03:04:05.678Z' }],
    },
  ],
  others: [
    { body: pubSub({ action: 'INSERT', digest: `gcr.io/acme/app@${digest}` }) },
    { body: pubSub({ action: 'DELETE', tag: 'gcr.io/acme/app:1.0' }) },
    { body: { message: { data: 'no JSON', messageId: '1' }, subscription: 'x' } },
  ],
  signings: [],
});
