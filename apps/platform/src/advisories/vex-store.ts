import type { VexDocument } from '@plimsoll/advisories';
import { sql, type Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';

/** A VEX document as it is stored. */
export type VexEntry = VexDocument & {
  /** The name of its file; some publishers use one id for several. */
  readonly name: string;
  /** Deflate-compressed JSON. */
  readonly document: Buffer;
  /** The organization that it is about; all of them when absent. */
  readonly orgId?: string;
};

/**
 * Stores a VEX document in place of its earlier version, unless that is newer. Run it in a transaction.
 * @returns the ids of the vulnerabilities that either speaks about; none when nothing changed.
 */
export async function putVexDocument(db: Kysely<Database>, entry: VexEntry): Promise<string[]> {
  const orgId = entry.orgId ?? null;
  const known = await db
    .selectFrom('vex_document')
    .select(['id', 'issued_at'])
    .where('document_id', '=', entry.id)
    .where('name', '=', entry.name)
    .where(sql<boolean>`org_id is not distinct from ${orgId}::uuid`)
    .forUpdate()
    .executeTakeFirst();
  const issuedAt = entry.issuedAt === undefined ? null : new Date(entry.issuedAt);
  if (known?.issued_at && issuedAt && known.issued_at > issuedAt) return [];
  const before = known ? await removeDocument(db, known.id) : [];
  const { id } = await db
    .insertInto('vex_document')
    .values({
      org_id: orgId,
      document_id: entry.id,
      name: entry.name,
      format: entry.format,
      author: entry.author,
      version: entry.version,
      issued_at: issuedAt,
      document: entry.document,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const rows = entry.statements.flatMap(({ products, statedAt, ...statement }) =>
    products.map(({ product, component }) => ({
      ...statement,
      ...packageOf(component ?? product),
      product,
      component,
      document: id,
      stated_at: statedAt,
    })),
  );
  await sql`
    insert into vex_statement (document, vulnerability, aliases, product, component, package, version, status,
      justification, impact, action, stated_at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(document integer, vulnerability text,
      aliases text[], product text, component text, package text, version text, status text, justification text,
      impact text, action text, stated_at timestamptz)`.execute(db);
  return [...new Set([...before, ...entry.statements.flatMap((one) => [one.vulnerability, ...one.aliases])])];
}

/** Deletes a document. @returns the ids that it spoke about. */
async function removeDocument(db: Kysely<Database>, id: number): Promise<string[]> {
  const rows = await db
    .deleteFrom('vex_statement')
    .where('document', '=', id)
    .returning(['vulnerability', 'aliases'])
    .execute();
  await db.deleteFrom('vex_document').where('id', '=', id).execute();
  return rows.flatMap(({ vulnerability, aliases }) => [vulnerability, ...aliases]);
}

/** A purl's package and version: `pkg:deb/debian/tar@1.34?arch=amd64` is `pkg:deb/debian/tar` in 1.34. */
export function packageOf(purl: string): { package: string; version?: string } {
  const plain = purl.replace(/[?#].*$/, '');
  // The `@` of a scope (`pkg:npm/@angular/core`) stands at the start of a segment.
  const at = plain.lastIndexOf('@');
  if (at < 0 || plain[at - 1] === '/') return { package: plain };
  return { package: plain.slice(0, at), version: decoded(plain.slice(at + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
