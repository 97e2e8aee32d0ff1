import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import type { VexDocument } from '@plimsoll/advisories';
import { purlName } from '@plimsoll/matching';
import { sql, type Kysely } from 'kysely';
import { readSlice, type PagePosition, type Slice } from '../database/read-slice.ts';
import type { Database } from '../database/schema.ts';

const deflateAsync = promisify(deflate);
const inflateAsync = promisify(inflate);

/** A VEX document as it is stored. */
export type VexEntry = VexDocument & {
  /** The name of its file; some publishers use one id for several. */
  readonly name: string;
  /** JSON, as received. */
  readonly document: Uint8Array;
  /** The organization that it is about; all of them when absent. */
  readonly orgId?: string;
};

/** What became of a document. */
export type VexPut = {
  readonly id: number;
  /** A newer version of it is known, and stays. */
  readonly isOlder: boolean;
  /** The ids of the vulnerabilities about which something else is said than before. */
  readonly vulnerabilities: string[];
};

/** Stores a VEX document in place of its earlier version, unless that is newer. Run it in a transaction. */
export async function putVexDocument(db: Kysely<Database>, entry: VexEntry): Promise<VexPut> {
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
  if (known?.issued_at && issuedAt && known.issued_at > issuedAt) {
    return { id: known.id, isOlder: true, vulnerabilities: [] };
  }
  const before = known ? await removeVexDocuments(db, [known.id]) : [];
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
      document: await deflateAsync(entry.document),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const rows = entry.statements.flatMap(({ products, statedAt, ...statement }) =>
    products.map(({ product, component, versions }) => ({
      ...statement,
      ...packageOf(component ?? product),
      product,
      component,
      version_range: versions,
      document: id,
      stated_at: statedAt,
    })),
  );
  await sql`
    insert into vex_statement (document, vulnerability, aliases, product, component, package, version, version_range,
      status, justification, impact, action, stated_at)
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row(document integer, vulnerability text,
      aliases text[], product text, component text, package text, version text, version_range text, status text,
      justification text, impact text, action text, stated_at timestamptz)`.execute(db);
  const now = entry.statements.flatMap((one) => [one.vulnerability, ...one.aliases]);
  return { id, isOlder: false, vulnerabilities: [...new Set([...before, ...now])] };
}

/** Deletes documents with all that they say. Run it in a transaction. @returns the ids that they spoke about. */
export async function removeVexDocuments(db: Kysely<Database>, ids: readonly number[]): Promise<string[]> {
  const rows = await db
    .deleteFrom('vex_statement')
    .where(sql<boolean>`document = any(${ids}::integer[])`)
    .returning(['vulnerability', 'aliases'])
    .execute();
  await db
    .deleteFrom('vex_document')
    .where(sql<boolean>`id = any(${ids}::integer[])`)
    .execute();
  return [...new Set(rows.flatMap(({ vulnerability, aliases }) => [vulnerability, ...aliases]))];
}

/** Deletes the documents of a feed's file but those with these ids. @returns the ids that they spoke about. */
export async function removeOtherVex(
  db: Kysely<Database>,
  name: string,
  documentIds: readonly string[],
): Promise<string[]> {
  const others = await db
    .selectFrom('vex_document')
    .select('id')
    .where('org_id', 'is', null)
    .where('name', '=', name)
    .where(sql<boolean>`document_id <> all(${documentIds}::text[])`)
    .execute();
  return await removeVexDocuments(
    db,
    others.map(({ id }) => id),
  );
}

export type VexDocumentRow = Awaited<ReturnType<typeof findVexDocument>> & object;

/** One document of an organization. */
export async function findVexDocument(db: Kysely<Database>, orgId: string, id: number) {
  return await documents(db, orgId).where('id', '=', id).executeTakeFirst();
}

/** A page of an organization's documents, in the order in which they came. */
export async function listVexDocuments(
  db: Kysely<Database>,
  orgId: string,
  position: PagePosition,
  limit: number,
): Promise<Slice<VexDocumentRow>> {
  return await readSlice(documents(db, orgId), ['id'], position, limit);
}

/** A document as it was received. */
export async function readVexText(db: Kysely<Database>, id: number): Promise<Buffer> {
  const { document } = await db
    .selectFrom('vex_document')
    .select('document')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return await inflateAsync(document);
}

function documents(db: Kysely<Database>, orgId: string) {
  return db
    .selectFrom('vex_document')
    .select(['id', 'name', 'format', 'document_id', 'version', 'author', 'issued_at', 'imported_at'])
    .select(
      sql<number>`(select count(*) from vex_statement where document = vex_document.id)`.as('statements'),
    )
    .where('org_id', '=', orgId);
}

/** A purl's package and version: `pkg:deb/debian/tar@1.34?arch=amd64` is `pkg:deb/debian/tar` in 1.34. */
export function packageOf(purl: string): { package: string; version?: string } {
  const plain = purl.replace(/[?#].*$/, '');
  // The `@` of a scope (`pkg:npm/@angular/core`) stands at the start of a segment.
  const at = plain.lastIndexOf('@');
  if (at < 0 || plain[at - 1] === '/') return { package: purlName(purl) ?? plain };
  return { package: purlName(purl) ?? plain.slice(0, at), version: decoded(plain.slice(at + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
