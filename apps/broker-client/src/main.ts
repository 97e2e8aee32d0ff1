import { ConfigError, exitCodes } from '@plimsoll/runtime';
import { run } from './run.ts';

try {
  await run(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCodes.config;
}
