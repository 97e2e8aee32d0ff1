import { expect, it } from 'vitest';
import { readNotification } from '../read-notification.ts';
import { eventGrid } from './event-grid.ts';
import { notificationOf, testSender } from './sender.conformance.ts';
import { digest, image, index, authorizations, registryEvent } from './testing-samples.ts';

const gridEvent = {
  id: '1',
  topic: '/subscriptions/x',
  subject: 'team/app:1.0',
  eventTime: '2024-01-02T03:04:05Z',
};
const gridPush = {
  ...gridEvent,
  eventType: 'Microsoft.ContainerRegistry.ImagePushed',
  data: registryEvent({ mediaType: index, digest, tag: '1.0' }),
};
const validation = {
  ...gridEvent,
  eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
  data: { validationCode: '512d38b6-c7b8-40c8-89fe-f46f9e9622b6', validationUrl: 'https://evil.test' },
};
testSender(eventGrid, {
  pushes: [
    {
      name: 'its own schema',
      body: [gridPush],
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.363Z' }],
    },
    {
      name: 'CloudEvents',
      body: { specversion: '1.0', type: gridPush.eventType, source: 'x', id: '1', data: gridPush.data },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.363Z' }],
    },
  ],
  others: [
    { body: [{ ...gridPush, eventType: 'Microsoft.ContainerRegistry.ImageDeleted' }] },
    { body: [validation] },
  ],
  signings: authorizations,
});

it('gives Event Grid its code back, also before that knows the secret', async () => {
  const notification = notificationOf({ body: [validation] });

  const place = { type: 'acr', isListed: () => true };
  const taken = await readNotification(notification, place, { secret: 'secret' }, new Date());

  expect(taken).toMatchObject({
    handshake: { validationResponse: validation.data.validationCode },
    pushes: [],
  });
});

it('answers no handshake with anything but a code', async () => {
  const body = [{ ...validation, data: { validationCode: '<script>alert(1)</script>' } }];

  const taken = await readNotification(
    notificationOf({ body }),
    { type: 'acr', isListed: () => true },
    {},
    new Date(),
  );

  expect(taken).toMatchObject({ handshake: undefined, pushes: [] });
});
