import { acr } from './acr.ts';
import { testSender } from './sender.conformance.ts';
import { digest, image, index, authorizations, registryEvent } from './testing-samples.ts';

testSender(acr, {
  pushes: [
    {
      name: 'a push',
      body: registryEvent({ mediaType: index, digest, tag: '1.0' }),
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.363Z' }],
    },
  ],
  others: [
    { body: { id: '1', timestamp: '2024-01-02T03:04:05Z', action: 'ping' } },
    { body: registryEvent({ mediaType: index, digest }) },
    {
      body: registryEvent(
        { mediaType: 'application/vnd.acr.helm.chart', tag: '1.0' },
        { action: 'chart_push' },
      ),
    },
  ],
  signings: authorizations,
});
