import type { RequestHandler } from '@plimsoll/tunnel';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectTestClient } from '../broker-server/testing-broker.ts';
import { startTestPlatform, type TestPlatform } from '../testing-platform.ts';

let platform: TestPlatform;

beforeAll(async () => {
  platform = await startTestPlatform();
});
afterAll(() => platform.stop());

it('loses no request while a broker token is replaced by another', async () => {
  const v1 = `/v1/org/${platform.orgId}/integrations`;
  const body = { type: 'HarborCR', broker: { enabled: true } };
  const made = (await platform.request('POST', v1, { body })).json<{ id: string; brokerToken: string }>();
  const change = (step: string) => platform.request('POST', `${v1}/${made.id}/authentication/${step}`);
  const seen = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const answering =
    (name: string): RequestHandler =>
    async (request, response) => {
      // Between its headers and its end, so that what is cut off is seen.
      response.write(name);
      if (request.url.includes('held')) {
        seen.resolve();
        await released.promise;
      }
      response.end(' agent');
    };
  const first = await connectTestClient(platform.url, made.brokerToken, answering('first'), 'client-1');

  const answers: string[] = [];
  const over = new AbortController();
  const asking = async () => {
    while (!over.signal.aborted) {
      const answer = await platform.request('GET', `/broker/${made.id}/healthcheck`);
      answers.push(`${answer.statusCode} ${answer.body}`);
    }
  };
  const askers = [asking(), asking(), asking(), asking()];
  const since = async (count: number) => {
    const from = answers.length;
    await expect.poll(() => answers.length).toBeGreaterThan(from + count);
  };

  await since(10);
  const { provisionalBrokerToken: token = '' } = (await change('provision-token')).json<
    Record<string, string>
  >();
  await since(10);
  const held = platform.request('GET', `/broker/${made.id}/healthcheck?held`);
  await seen.promise;
  const second = await connectTestClient(platform.url, token, answering('second'), 'client-2');
  await since(10);
  const switched = await change('switch-token');
  await since(10);
  released.resolve();
  await first.lost;
  await since(10);
  over.abort();
  await Promise.all(askers);
  await first.dialer.stop(0);
  await second.dialer.stop(0);

  expect(switched.statusCode).toBe(200);
  expect(new Set(answers)).toEqual(new Set(['200 first agent', '200 second agent']));
  expect(answers.at(-1)).toBe('200 second agent');
  expect((await held).body).toBe('first agent');
});
