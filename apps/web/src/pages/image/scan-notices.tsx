import { Alert, List, Spoiler } from '@mantine/core';
import type { Project } from '@plimsoll/contracts';
import { AlertIcon, SyncIcon } from '../../components/icons.tsx';
import { Time } from '../../components/time.tsx';
import { counted } from '../../domain/count.ts';
import styles from './scan-notices.module.css';

/** What a reader of the results must know about the scan: that it failed, is still to come, or left something out. */
export function ScanNotices({ image }: { readonly image: Project['meta']['image'] }) {
  const { scan_status: status, scan_error: reason, scanned_at: scannedAt, warnings } = image;
  const older = scannedAt !== undefined && (
    <>
      {' '}
      What is shown is from the scan of <Time at={scannedAt} />.
    </>
  );
  return (
    <div className={styles.notices}>
      {status === 'failed' && (
        <Alert
          color="red"
          variant="light"
          icon={<AlertIcon size={18} />}
          title="The last scan failed"
          role="alert"
        >
          {reason ?? 'No reason was told.'}
          {older}
        </Alert>
      )}
      {(status === 'pending' || status === 'scanning') && (
        <Alert variant="light" icon={<SyncIcon size={18} />} role="status">
          {status === 'pending' ? 'This image is waiting to be scanned.' : 'This image is being scanned.'}
          {older || ' The results appear here when they arrive.'}
        </Alert>
      )}
      {warnings.length > 0 && (
        <Alert
          color="yellow"
          variant="light"
          icon={<AlertIcon size={18} />}
          title={`Not everything could be read: ${counted(warnings.length, 'warning')}`}
        >
          <Spoiler maxHeight={72} showLabel="Show all" hideLabel="Show less">
            <List size="sm">
              {warnings.map((warning) => (
                <List.Item key={warning} className={styles.warning}>
                  {warning}
                </List.Item>
              ))}
            </List>
          </Spoiler>
        </Alert>
      )}
    </div>
  );
}
