import type { scanStatuses } from '@plimsoll/contracts';

/** Where the scan of a tag stands. */
export type ScanStatus = (typeof scanStatuses)[number];

/** What each state is called on the page. */
export const scanStatusNames: Readonly<Record<ScanStatus, string>> = {
  pending: 'Waiting',
  scanning: 'Scanning',
  scanned: 'Scanned',
  failed: 'Failed',
};
