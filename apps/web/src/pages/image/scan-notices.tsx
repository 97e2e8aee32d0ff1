import type { Project } from '@plimsoll/contracts';
import { SyncIcon } from '../../components/icons.tsx';
import { Notice } from '../../components/notice.tsx';
import { Time } from '../../components/time.tsx';
import { Warnings } from '../../components/warnings.tsx';
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
        <Notice kind="bad" title="The last scan failed">
          {reason ?? 'No reason was told.'}
          {older}
        </Notice>
      )}
      {(status === 'pending' || status === 'scanning') && (
        <Notice kind="note" icon={<SyncIcon size={18} />}>
          {status === 'pending' ? 'This image is waiting to be scanned.' : 'This image is being scanned.'}
          {older || ' The results appear here when they arrive.'}
        </Notice>
      )}
      {warnings.length > 0 && (
        <Warnings
          title={`Not everything could be read: ${counted(warnings.length, 'warning')}`}
          warnings={warnings}
        />
      )}
    </div>
  );
}
