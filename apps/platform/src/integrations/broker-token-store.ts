import type { Kysely } from 'kysely';
import type { Database } from '../database/schema.ts';
import { makeToken } from '../organizations/tokens.ts';

/** Tokens one integration may have at once: the one in use, and the next one while clients are moved to it. */
export const maxBrokerTokens = 2;

export type BrokerTokenRow = { readonly id: string; readonly created_at: Date };

/** What a valid broker token stands for. */
export type BrokerTokenHolder = {
  readonly tokenId: string;
  readonly integrationId: string;
  readonly orgId: string;
};

/** The tokens of an integration, oldest first. */
export async function listBrokerTokens(
  db: Kysely<Database>,
  integrationId: string,
): Promise<BrokerTokenRow[]> {
  return await db
    .selectFrom('broker_token')
    .select(['id', 'created_at'])
    .where('integration_id', '=', integrationId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Makes a token; undefined when the integration has as many as it may have. The token is in this answer only. */
export async function addBrokerToken(
  db: Kysely<Database>,
  integrationId: string,
): Promise<(BrokerTokenRow & { readonly token: string }) | undefined> {
  return await db.transaction().execute(async (transaction) => {
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
      .values({ integration_id: integrationId, token_hash: hash })
      .returning(['id', 'created_at'])
      .executeTakeFirstOrThrow();
    return { ...row, token };
  });
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
  return await db
    .selectFrom('broker_token')
    .innerJoin('integration', 'integration.id', 'broker_token.integration_id')
    .select(['broker_token.id as tokenId', 'integration.id as integrationId', 'integration.org_id as orgId'])
    .where('broker_token.token_hash', '=', tokenHash)
    .executeTakeFirst();
}
