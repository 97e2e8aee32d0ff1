import type { Kysely } from 'kysely';
import { inTransaction } from '../database/in-transaction.ts';
import type { Database } from '../database/schema.ts';
import { makeToken } from '../organizations/tokens.ts';
import type { TokenGuard } from './token-guard.ts';

/** Tokens one integration may have at once: the one in use, and the next one while clients are moved to it. */
export const maxBrokerTokens = 2;

export type BrokerTokenRow = {
  readonly id: string;
  readonly created_at: Date;
  readonly allowed_addresses: string[] | null;
  readonly certificate_sha256: string | null;
};

const columns = ['id', 'created_at', 'allowed_addresses', 'certificate_sha256'] as const;

/** What a valid broker token stands for. */
export type BrokerTokenHolder = {
  readonly tokenId: string;
  readonly integrationId: string;
  readonly orgId: string;
  readonly guard: TokenGuard;
  /** Whether unmodified clients of the deployed broker may use it. */
  readonly takesDeployedClients: boolean;
};

/** The tokens of an integration, oldest first. */
export async function listBrokerTokens(
  db: Kysely<Database>,
  integrationId: string,
): Promise<BrokerTokenRow[]> {
  return await db
    .selectFrom('broker_token')
    .select(columns)
    .where('integration_id', '=', integrationId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Makes a token; undefined when the integration has as many as it may have. The token is in this answer only. */
export async function addBrokerToken(
  db: Kysely<Database>,
  integrationId: string,
  guard: TokenGuard = { allowedAddresses: null, certificateSha256: null },
): Promise<(BrokerTokenRow & { readonly token: string }) | undefined> {
  return await inTransaction(db, async (transaction) => {
    await transaction
      .selectFrom('integration')
      .select('id')
      .where('id', '=', integrationId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const existing = await listBrokerTokens(transaction, integrationId);
    if (existing.length >= maxBrokerTokens) return undefined;
    const { token, hash } = makeToken('broker');
    const row = await transaction
      .insertInto('broker_token')
      .values({
        integration_id: integrationId,
        token_hash: hash,
        allowed_addresses: guard.allowedAddresses ? [...guard.allowedAddresses] : null,
        certificate_sha256: guard.certificateSha256,
      })
      .returning(columns)
      .executeTakeFirstOrThrow();
    return { ...row, token };
  });
}

/** Changes where a token may be used from; undefined when there is no such token. What is not named stays. */
export async function guardBrokerToken(
  db: Kysely<Database>,
  integrationId: string,
  tokenId: string,
  { allowedAddresses, certificateSha256 }: Partial<TokenGuard>,
): Promise<BrokerTokenRow | undefined> {
  return await db
    .updateTable('broker_token')
    .set({
      // A token that is changed to what it is must be a statement too.
      id: tokenId,
      ...(allowedAddresses !== undefined && {
        allowed_addresses: allowedAddresses ? [...allowedAddresses] : null,
      }),
      ...(certificateSha256 !== undefined && { certificate_sha256: certificateSha256 }),
    })
    .where('integration_id', '=', integrationId)
    .where('id', '=', tokenId)
    .returning(columns)
    .executeTakeFirst();
}

/** One token of an integration. */
export async function findBrokerTokenRow(
  db: Kysely<Database>,
  integrationId: string,
  tokenId: string,
): Promise<BrokerTokenRow | undefined> {
  return await db
    .selectFrom('broker_token')
    .select(columns)
    .where('integration_id', '=', integrationId)
    .where('id', '=', tokenId)
    .executeTakeFirst();
}

/** Removes a token; true when there was one. */
export async function removeBrokerToken(
  db: Kysely<Database>,
  integrationId: string,
  tokenId: string,
): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('broker_token')
    .where('integration_id', '=', integrationId)
    .where('id', '=', tokenId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** What a token with this SHA-256 stands for; undefined when it is nobody's. */
export async function findBrokerToken(
  db: Kysely<Database>,
  tokenHash: Buffer,
): Promise<BrokerTokenHolder | undefined> {
  const row = await db
    .selectFrom('broker_token')
    .innerJoin('integration', 'integration.id', 'broker_token.integration_id')
    .innerJoin('organization', 'organization.id', 'integration.org_id')
    .select([
      'organization.deployed_clients as takesDeployedClients',
      'broker_token.id as tokenId',
      'integration.id as integrationId',
      'integration.org_id as orgId',
      'allowed_addresses as allowedAddresses',
      'certificate_sha256 as certificateSha256',
    ])
    .where('broker_token.token_hash', '=', tokenHash)
    .executeTakeFirst();
  if (!row) return undefined;
  const { allowedAddresses, certificateSha256, ...holder } = row;
  return { ...holder, guard: { allowedAddresses, certificateSha256 } };
}
