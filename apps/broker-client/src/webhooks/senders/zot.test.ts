import { zot } from './zot.ts';
import { testSender } from './sender.conformance.ts';
import { digest, image, index, authorizations } from './testing-samples.ts';

const zotImage = { name: 'team/app', reference: '1.0', digest, mediaType: index, manifest: '{}' };
const ceHeaders = {
  'ce-specversion': '1.0',
  'ce-id': '1',
  'ce-source': 'zotregistry.dev',
  'ce-time': '2024-01-02T03:04:05Z',
};
testSender(zot, {
  pushes: [
    {
      name: 'attributes in headers',
      headers: { ...ceHeaders, 'ce-type': 'zotregistry.image.updated' },
      body: zotImage,
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
    {
      name: 'all in the body',
      body: {
        specversion: '1.0',
        id: '1',
        source: 'x',
        type: 'zotregistry.image.updated',
        time: '2024-01-02T03:04:05Z',
        data: zotImage,
      },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
  ],
  others: [
    {
      headers: { ...ceHeaders, 'ce-type': 'zotregistry.image.updated' },
      body: { ...zotImage, reference: digest },
    },
    { headers: { ...ceHeaders, 'ce-type': 'zotregistry.repository.created' }, body: { name: 'team/app' } },
  ],
  signings: authorizations,
});
