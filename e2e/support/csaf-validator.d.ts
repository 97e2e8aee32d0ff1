// The parts of the validator that tests use; it comes without types.

type CsafTest = (document: object) => unknown;

declare module '@secvisogram/csaf-validator-lib/mandatoryTests.js' {
  const tests: Record<string, CsafTest>;
  export = tests;
}

declare module '@secvisogram/csaf-validator-lib/schemaTests.js' {
  export const csaf_2_0_strict: CsafTest;
}

declare module '@secvisogram/csaf-validator-lib/validate.js' {
  type CsafResult = { isValid: boolean; tests: { name: string; isValid: boolean; errors: unknown[] }[] };

  const validate: (tests: readonly CsafTest[], document: object) => Promise<CsafResult>;
  export default validate;
}
