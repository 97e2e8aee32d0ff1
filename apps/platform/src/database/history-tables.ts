import type { Generated } from 'kysely';

/** What a project showed until it showed another image. */
export type ProjectSnapshotTable = {
  id: Generated<string>;
  project_id: string;
  scanned_at: Date | null;
  until: Generated<Date>;
  image_id: number | null;
  digest: string | null;
  platform: string;
  package_count: Generated<number>;
  issue_counts: unknown;
};
