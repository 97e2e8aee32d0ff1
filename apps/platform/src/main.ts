import { runProgram } from '@plimsoll/runtime';
import { run } from './run.ts';

await runProgram(() => run(process.env));
