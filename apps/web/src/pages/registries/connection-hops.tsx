import type { ConnectionCheck } from '@plimsoll/contracts';
import { CheckIcon, CrossIcon } from '../../components/icons.tsx';
import styles from './connection-hops.module.css';

type Check = ConnectionCheck['attributes'];

const hopNames = { 'broker-client': 'Broker client', agent: 'Agent', registry: 'Registry' } as const;
const statusNames = { ok: 'works', failed: 'failed', unknown: 'not tried' } as const;

/** The way from the platform to the registry, hop by hop, each with what was found there. */
export function ConnectionHops({ check }: { readonly check: Check }) {
  return (
    <ol className={styles.hops} role="status" aria-label="Connection check">
      {check.hops.map(({ hop, status, message }) => (
        <li key={hop} data-status={status}>
          <span className={styles.sign}>
            {status === 'ok' && <CheckIcon size={13} />}
            {status === 'failed' && <CrossIcon size={13} />}
          </span>
          <div>
            <b>{hopNames[hop]}</b> <span className={styles.status}>{statusNames[status]}</span>
            <div className={styles.message}>{message}</div>
          </div>
        </li>
      ))}
    </ol>
  );
}
