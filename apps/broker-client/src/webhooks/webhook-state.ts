import type { WebhookState } from '@plimsoll/contracts';
import type { BrokerClientConfig } from '../config.ts';
import { sendersOf } from './read-notification.ts';

/** What came to a webhook since the start. */
export class WebhookTally {
  taken = 0;
  refused = 0;
  lastRefusal = '';

  /** @param outcome from the closed list of the metrics. */
  note(status: number, outcome: string): void {
    if (status < 400) this.taken += 1;
    else {
      this.refused += 1;
      this.lastRefusal = outcome;
    }
  }
}

export type WebhookVariables = Pick<
  BrokerClientConfig,
  'BROKER_CLIENT_URL' | 'WEBHOOK_PATH_SECRET' | 'WEBHOOK_SECRET' | 'WEBHOOK_GOOGLE_ACCOUNT'
>;

const document = '(docs/registries.md, Push events)';

/** Says how push events are taken, and what would make them come or be safer. */
export function webhookState(
  config: WebhookVariables,
  type: string,
  { taken, refused, lastRefusal }: WebhookTally = new WebhookTally(),
): WebhookState {
  const senders = sendersOf(type);
  const { WEBHOOK_SECRET: secret, WEBHOOK_GOOGLE_ACCOUNT: google } = config;
  if (senders.length === 0) return { isOn: false, found: `off: ${type} tells nobody of pushes` };
  const products = type === 'oci' ? 'any product' : senders.map(({ id }) => id).join(', ');
  const address = `${config.BROKER_CLIENT_URL}/webhooks/`;
  if (!config.WEBHOOK_PATH_SECRET) {
    return {
      isOn: false,
      found: 'off: WEBHOOK_PATH_SECRET is not set, so new images wait for the next sync',
      remedy: `Set WEBHOOK_PATH_SECRET (openssl rand -hex 20) for the broker client, and let the registry (${products}) notify ${address} followed by it ${document}.`,
    };
  }
  const proofs = [
    ...(secret ? ['a proof of WEBHOOK_SECRET'] : []),
    ...(google ? [`the token of ${google}`] : []),
  ];
  const proof = proofs.length > 0 ? `with ${proofs.join(' or ')}` : 'from whoever knows the address';
  const came = `since its start ${taken} taken, ${refused} refused${lastRefusal && ` (the last: ${lastRefusal})`}`;
  const remedy = remedyOf(lastRefusal) ?? (proofs.length === 0 ? proofRemedy(senders) : undefined);
  return {
    isOn: true,
    found: `on at ${address}***, from ${products}, ${proof}; ${came}`,
    ...(remedy && { remedy: `${remedy} ${document}.` }),
  };
}

/** What helps where the last notification was refused; undefined for what strangers cause. */
function remedyOf(refusal: string): string | undefined {
  const remedies: Readonly<Record<string, string>> = {
    'wrong-path':
      'Something knocks at another address: does the registry have the whole WEBHOOK_PATH_SECRET?',
    'wrong-signature': 'Give the registry the same secret as WEBHOOK_SECRET',
    'wrong-token':
      'Compare account and audience of the subscription with WEBHOOK_GOOGLE_ACCOUNT and _AUDIENCE',
    unsigned: 'Leave WEBHOOK_SECRET out: this product signs nothing',
    'no-keys': "Let the broker client reach WEBHOOK_GOOGLE_KEYS, Google's keys: proxy, firewall",
    'other-product': 'Let only the registry of CR_TYPE notify this broker client',
    unrecognized: 'Choose the form of notification that the table names',
    'not-json': 'Choose application/json as the content type in the registry',
  };
  return remedies[refusal];
}

function proofRemedy(senders: ReturnType<typeof sendersOf>): string | undefined {
  if (senders.some(({ proof }) => proof))
    return 'Set WEBHOOK_SECRET as well, so that the address alone is not enough';
  return senders.some(({ tokenOf }) => tokenOf)
    ? "Set WEBHOOK_GOOGLE_ACCOUNT and WEBHOOK_GOOGLE_AUDIENCE, so that Google's token is checked"
    : undefined;
}
