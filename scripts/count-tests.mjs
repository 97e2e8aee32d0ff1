// Adds up vitest's JSON reports and prints the closing line of `npm run verify`.
// A report that is missing or holds no test is a failure: a run that tested nothing must not look like a success.
import { existsSync, readFileSync } from 'node:fs';

const [failedSteps = '0', ...reports] = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;

for (const path of reports) {
  const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  passed += report?.numPassedTests ?? 0;
  failed += report?.numFailedTests ?? 0;
  skipped += report?.numPendingTests ?? 0;
  if (!report?.numPassedTests) {
    console.log(`no test passed in ${path}`);
    failed += 1;
  }
}

// A step that failed without a failed test (lint, types, build) counts as one failure.
if (failed === 0 && Number(failedSteps) > 0) failed = Number(failedSteps);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
