import { artifactory } from './artifactory.ts';
import { testSender } from './sender.conformance.ts';
import { digest, image, hmac } from './testing-samples.ts';

const artifactoryPush = {
  domain: 'docker',
  event_type: 'pushed',
  data: {
    repo_key: 'docker-local',
    path: 'team/app/1.0/list.manifest.json',
    name: 'list.manifest.json',
    sha256: '1'.repeat(64),
    size: 1245,
    image_name: 'team/app',
    tag: '1.0',
    image_type: 'docker',
  },
  jpd_origin: 'https://evil.test',
};
testSender(artifactory, {
  pushes: [{ name: 'a push', body: artifactoryPush, says: [{ ...image, digest }] }],
  others: [
    { body: { ...artifactoryPush, event_type: 'deleted' } },
    { body: { ...artifactoryPush, domain: 'artifact', event_type: 'deployed' } },
  ],
  signings: [
    (_, secret) => ({ 'x-jfrog-event-auth': secret }),
    (bytes, secret) => ({ 'x-jfrog-event-auth': hmac('sha256', bytes, secret) }),
  ],
});
