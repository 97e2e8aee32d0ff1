import { distribution } from './distribution.ts';
import { testSender } from './sender.conformance.ts';
import { digest, child, image, index, authorizations, registryEvent } from './testing-samples.ts';

testSender(distribution, {
  pushes: [
    {
      name: 'the envelope of a multi-platform push',
      body: {
        events: [
          registryEvent({ mediaType: 'application/octet-stream', digest: child }),
          registryEvent({ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: child }),
          registryEvent({ mediaType: index, digest, tag: '1.0' }),
          registryEvent({ mediaType: index, digest, tag: '1.0' }, { action: 'pull' }),
        ],
      },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.363Z' }],
    },
    {
      name: 'the form of docker schema 2',
      headers: { 'content-type': 'application/vnd.docker.distribution.events.v1+json' },
      body: {
        events: [
          registryEvent({
            mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
            digest,
            tag: '1.0',
          }),
        ],
      },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.363Z' }],
    },
    {
      name: 'names that cannot be asked for as nothing',
      body: {
        events: [
          registryEvent({ mediaType: index, digest, tag: '1.0', repository: '../../etc' }),
          registryEvent({ mediaType: index, digest, tag: 'a/b' }),
          registryEvent({ mediaType: index, digest: 'sha256:1', tag: '2.0' }),
        ],
      },
      says: [{ repository: 'team/app', tag: '2.0', pushedAt: '2024-01-02T03:04:05.363Z' }],
      skips: 2,
    },
  ],
  others: [
    { body: { events: [] } },
    { body: { events: [registryEvent({ mediaType: index, digest }, { action: 'delete' })] } },
  ],
  signings: authorizations,
});
