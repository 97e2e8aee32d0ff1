import type { Project } from '@plimsoll/contracts';
import { AlertIcon } from '../../components/icons.tsx';
import { Time } from '../../components/time.tsx';
import { scanStatusNames } from '../../domain/scan-status.ts';
import styles from './scan-state.module.css';

/** Where a tag's scan stands; of a failed one the reason. */
export function ScanState({ image }: { readonly image: Project['meta']['image'] }) {
  const { scan_status: status, scan_error: reason, scanned_at: at } = image;
  if (status === 'scanned') {
    return (
      <span className={styles.state}>
        <Time at={at} otherwise={scanStatusNames.scanned} />
      </span>
    );
  }
  if (status === 'failed') {
    return (
      <span className={styles.failed} title={reason}>
        <AlertIcon size={14} />
        <span>{reason ? `Failed: ${reason}` : 'Failed'}</span>
      </span>
    );
  }
  return (
    <span className={styles.state} data-busy>
      {scanStatusNames[status]}
    </span>
  );
}
