import { gunzipSync, inflateSync } from 'node:zlib';
import { Client } from 'pg';

/** The forms in which a secret may turn up in a text. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

/** Those of the forms that a text holds, also inside longer base64 of a document. */
export function leaksOf(text: string, forms: readonly string[]): string[] {
  const decoded = [...text.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)].map((match) =>
    Buffer.from(match[0], 'base64').toString('latin1'),
  );
  return forms.filter((form) => text.includes(form) || decoded.some((part) => part.includes(form)));
}

/** Searches every row of every table, public knowledge excepted; answers with the tables that hold one of the forms. */
export async function tablesWith(
  connectionString: string,
  forms: readonly string[],
): Promise<{ rows: number; found: string[] }> {
  const client = new Client({ connectionString });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const found: string[] = [];
  let rows = 0;
  for (const { name } of tables.rows) {
    if (/\.(?:advisory|affected|alias)$/.test(name)) continue;
    for (const row of (await client.query<Record<string, unknown>>(`select * from ${name}`)).rows) {
      rows += 1;
      if (leaksOf(Object.values(row).map(asText).join('\n'), forms).length > 0) found.push(name);
    }
  }
  await client.end();
  return { rows, found };
}

function asText(value: unknown): string {
  if (!Buffer.isBuffer(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  for (const unpack of [gunzipSync, inflateSync]) {
    try {
      return unpack(value).toString('utf8');
    } catch {
      // Not packed this way.
    }
  }
  return value.toString('latin1');
}
