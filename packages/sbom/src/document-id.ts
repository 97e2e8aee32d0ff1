import { createHash } from 'node:crypto';
import type { Inventory } from '@plimsoll/contracts';
import type { DocumentFacts } from './inventory-format.ts';

/** A UUID (RFC 9562, version 8) for a document: another one for every other content, so two never share one. */
export function documentId(inventory: Inventory, facts: DocumentFacts): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([inventory, facts]))
    .digest();
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
