import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { agentApiDoc, agentApiDocFile } from '../scripts/make-agent-api-doc.ts';

it("describes the agent's API as the contracts have it (else run: node scripts/make-agent-api-doc.ts)", () => {
  expect(readFileSync(agentApiDocFile, 'utf8')).toBe(agentApiDoc());
});
