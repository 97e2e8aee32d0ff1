import { runProgram } from '@plimsoll/runtime';
import { run } from './run.ts';

// No `await`: the image bundles this as CommonJS. Node gives a module that imports `node:http` all of its names, and one of
// them loads a second HTTP client, which takes 5 MB.
void runProgram(() => run(process.env));
