import type { VexStatement } from './enrichment.ts';

/** What a VEX document is made of. */
export type VexContents = {
  /** A URI that names the document and no other; also where its author is found. */
  readonly id: string;
  readonly uuid: string;
  readonly author: string;
  /** The address of the author, for formats that demand one. */
  readonly authorUrl: string;
  readonly issuedAt: string;
  readonly statements: readonly VexStatement[];
};

/** Of formats that name versions one by one: what is said of a range is left out, lest it be said of every version. */
export function withoutRanges(statements: readonly VexStatement[]): VexStatement[] {
  return statements.flatMap((statement) => {
    const products = statement.products.filter(({ versions }) => versions === undefined);
    return products.length === 0 ? [] : [{ ...statement, products }];
  });
}

export const noReason = 'No reason was given.';
export const noAction = 'No action is known.';

/** The justifications that OpenVEX and CSAF know. */
export const openvexJustifications: ReadonlySet<string> = new Set([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);
