import { scanStatuses, severities, type SeverityLevel } from '@plimsoll/contracts';
import type { ScanStatus } from '../../domain/scan-status.ts';
import { idsOf, listOf, textOf } from '../../url-search.ts';

/** The state of the list of images: what is searched and filtered, and which repositories are open. */
export type ImagesSearch = {
  q?: string | undefined;
  severity?: SeverityLevel[] | undefined;
  registry?: string[] | undefined;
  status?: ScanStatus[] | undefined;
  open?: string[] | undefined;
};

/** Reads the state from an address, dropping what is not known. */
export function parseImagesSearch(search: Record<string, unknown>): ImagesSearch {
  return {
    q: textOf(search['q']),
    severity: listOf(search['severity'], severities),
    registry: idsOf(search['registry']),
    status: listOf(search['status'], scanStatuses),
    open: idsOf(search['open']),
  };
}

/** Whether the list is narrowed. */
export function isFiltered({ q, severity, registry, status }: ImagesSearch): boolean {
  return [q, severity, registry, status].some((value) => value !== undefined);
}

/** The open repositories after one was opened or closed. */
export function toggled(open: readonly string[] | undefined, id: string): string[] | undefined {
  const others = (open ?? []).filter((other) => other !== id);
  const next = open?.includes(id) ? others : [...others, id];
  return next.length > 0 ? next : undefined;
}
