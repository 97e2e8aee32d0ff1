import { severities, type SeverityLevel } from '@plimsoll/contracts';
import { type FixLevel, fixLevels } from '../../api/fixes.ts';
import { flagOf, listOf, textOf } from '../../url-search.ts';

/** The state of the page of one image. */
export type ImageSearch = {
  tab?: 'packages' | 'fixes' | undefined;
  q?: string | undefined;
  severity?: SeverityLevel[] | undefined;
  fixable?: true | undefined;
  /** Only what is known to be exploited. */
  exploited?: true | undefined;
  /** By priority instead of severity. */
  sort?: 'priority' | undefined;
  /** Also what is hidden unless asked for. */
  hidden?: true | undefined;
  /** Only what is ignored, which is not shown otherwise. */
  ignored?: true | undefined;
  /** Of the advice about fixes: issues of this severity and worse ones. */
  level?: FixLevel | undefined;
  /** The row that is open: an issue's or a package's id. */
  open?: string | undefined;
};

/** Reads the state from an address, dropping what is not known. */
export function parseImageSearch(search: Record<string, unknown>): ImageSearch {
  return {
    tab: listOf(search['tab'], ['packages', 'fixes'])?.[0],
    level: listOf(search['level'], fixLevels)?.[0],
    q: textOf(search['q']),
    severity: listOf(search['severity'], severities),
    fixable: flagOf(search['fixable']),
    exploited: flagOf(search['exploited']),
    sort: search['sort'] === 'priority' ? 'priority' : undefined,
    hidden: flagOf(search['hidden']),
    ignored: flagOf(search['ignored']),
    open: textOf(search['open']),
  };
}
