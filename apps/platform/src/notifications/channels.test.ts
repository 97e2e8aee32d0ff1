import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { signingKey, startNotificationWorld, type NotificationWorld } from './testing-notifications.ts';

let world: NotificationWorld;

beforeAll(async () => {
  world = await startNotificationWorld();
});

afterEach(() => world.reset());

afterAll(() => world.stop());

it('tries a channel and says why it does not work', async () => {
  const attempt = async (id: string) => {
    const answer = await world.platform.request('POST', `${world.channels}/${id}/test`);
    return answer.json<{ data: { attributes: object } }>().data.attributes;
  };
  const hook = await world.addChannel(world.webhook());
  const mail = await world.addChannel({ channel_type: 'email', recipients: ['a@example.test'] });
  const gone = await world.addChannel({ channel_type: 'email', recipients: ['gone@example.test'] });

  expect(await attempt(hook.id)).toMatchObject({ delivered: true });
  expect(await attempt(mail.id)).toMatchObject({ delivered: true });
  expect(await attempt(gone.id)).toMatchObject({
    delivered: false,
    message: expect.stringContaining('no such person'),
  });
  world.receiver.state.answer = () => ({ status: 404, body: 'no hook here' });
  expect(await attempt(hook.id)).toMatchObject({
    delivered: false,
    message: expect.stringContaining('answered 404: no hook here'),
  });
  expect(world.mails[0]?.text).toContain('Plimsoll can reach you');
});

it('keeps secrets sealed, and shows them never again', async () => {
  const made = await world.addChannel(world.webhook());
  const slackUrl = `${world.receiver.url}/T000/B000/very-secret-part`;
  const slack = await world.addChannel({ channel_type: 'slack', url: slackUrl });
  const next = 'another signing key';
  const changed = await world.platform.request('PATCH', `${world.channels}/${made.id}`, {
    body: { data: { type: 'notification_channel', attributes: { secret: next, name: 'renamed' } } },
  });
  const listed = await world.platform.request('GET', world.channels);
  const { rows } = await sql<{ text: string }>`
    select notification_channel::text || encode(coalesce(sealed_secret, ''), 'escape') as text
    from notification_channel`.execute(world.platform.db);
  const seen = [
    JSON.stringify(made),
    JSON.stringify(slack),
    changed.body,
    listed.body,
    ...rows.map(({ text }) => text),
  ].join();

  for (const hidden of [signingKey, next, 'very-secret-part']) expect(seen).not.toContain(hidden);
  await world.platform.request('POST', `${world.channels}/${made.id}/test`);
  const [message] = world.receiver.received;
  expect(message?.headers['x-hub-signature']).toBe(
    `sha256=${createHmac('sha256', next)
      .update(message?.body ?? '')
      .digest('hex')}`,
  );
});

it('refuses addresses that nothing may ever be sent to, and changes that a channel has no use for', async () => {
  const add = async (attributes: object) => {
    const body = { data: { type: 'notification_channel', attributes } };
    return (await world.platform.request('POST', world.channels, { body })).statusCode;
  };
  const { id } = await world.addChannel({ channel_type: 'email', recipients: ['a@example.test'] });
  const patched = await world.platform.request('PATCH', `${world.channels}/${id}`, {
    body: { data: { type: 'notification_channel', attributes: { url: world.receiver.url } } },
  });

  expect(await add(world.webhook({ url: 'https://10.0.0.5/' }))).toBe(400);
  expect(await add(world.webhook({ url: 'http://169.254.169.254/' }))).toBe(400);
  expect(await add(world.webhook({ url: 'https://user:pass@example.test/' }))).toBe(400);
  expect(await add(world.webhook({ url: 'ftp://example.test/' }))).toBe(400);
  expect(await add({ channel_type: 'email', recipients: ['no address'] })).toBe(400);
  expect(patched.statusCode).toBe(400);
});

it('is spoken to as the older API is', async () => {
  const hooks = `/v1/org/${world.platform.orgId}/webhooks`;
  const made = await world.platform.request('POST', hooks, {
    body: { url: world.receiver.url, secret: signingKey },
  });
  const { id } = made.json<{ id: string }>();

  expect(made.json()).toEqual({ id, url: world.receiver.url });
  expect((await world.platform.request('GET', `/api${hooks}`)).json()).toEqual({
    results: [{ id, url: world.receiver.url }],
  });
  expect((await world.platform.request('GET', `${hooks}/${id}`)).json()).toEqual({
    id,
    url: world.receiver.url,
  });
  expect((await world.platform.request('POST', `${hooks}/${id}/ping`)).json()).toEqual({});
  expect(world.receiver.received[0]?.headers['x-snyk-event']).toBe('ping/v0');
  world.receiver.state.answer = () => ({ status: 500 });
  expect((await world.platform.request('POST', `${hooks}/${id}/ping`)).statusCode).toBe(409);
  expect((await world.platform.request('DELETE', `${hooks}/${id}`)).json()).toEqual({});
  expect((await world.platform.request('GET', `${hooks}/${id}`)).statusCode).toBe(404);
});
