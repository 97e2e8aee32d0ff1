import { registryTypes, WebhookState } from '@plimsoll/contracts';
import { Secret } from '@plimsoll/runtime';
import { expect, it } from 'vitest';
import { WebhookTally, webhookState } from './webhook-state.ts';

const address = { BROKER_CLIENT_URL: 'http://broker-client:7341' };
const path = { ...address, WEBHOOK_PATH_SECRET: new Secret('canary-path-secret-0123456789') };
const both = { ...path, WEBHOOK_SECRET: new Secret('canary-webhook-secret') };

it('says how to turn push events on, for each kind of registry that has them', () => {
  for (const type of registryTypes.filter((one) => one !== 'digitalocean-cr')) {
    const state = webhookState(address, type);
    expect(WebhookState.parse(state)).toMatchObject({ isOn: false });
    expect(state.remedy).toMatch(/WEBHOOK_PATH_SECRET.*http:\/\/broker-client:7341\/webhooks\//);
  }
  expect(webhookState(address, 'digitalocean-cr')).toEqual({
    isOn: false,
    found: 'off: digitalocean-cr tells nobody of pushes',
  });
});

it('says what is taken and by what it is believed, and no secret', () => {
  const state = webhookState(both, 'harbor-cr');

  expect(state).toEqual({
    isOn: true,
    found:
      'on at http://broker-client:7341/webhooks/***, from harbor, with a proof of WEBHOOK_SECRET; since its start 0 taken, 0 refused',
  });
  expect(JSON.stringify(state)).not.toContain('canary');
});

it.each([
  ['harbor-cr', /Set WEBHOOK_SECRET as well/],
  ['oci', /Set WEBHOOK_SECRET as well/],
  ['gcr', /WEBHOOK_GOOGLE_ACCOUNT and WEBHOOK_GOOGLE_AUDIENCE/],
  ['docker-hub', undefined],
])('asks for a proof of %s where it can be had', (type, remedy) => {
  const state = webhookState(path, type);

  expect(state.found).toContain('whoever knows the address');
  expect(state.remedy ?? '').toMatch(remedy ?? /^$/);
});

it('counts what came, and says what to do about what was refused last', () => {
  const tally = new WebhookTally();
  tally.note(202, 'taken');
  tally.note(401, 'wrong-signature');

  expect(webhookState(both, 'harbor-cr', tally)).toMatchObject({
    found: expect.stringContaining('1 taken, 1 refused (the last: wrong-signature)'),
    remedy: expect.stringContaining('same secret'),
  });
});
