import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Of the programs named, those that are not on the PATH; a test skips and prints them. */
export function missingPrograms(...names: string[]): string[] {
  return names.filter((name) => {
    try {
      execFileSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' });
      return false;
    } catch {
      return true;
    }
  });
}

/** What a program may print before it is stopped, bytes: a list of every file of a root file system fits. */
const maxOutputBytes = 64 * 1024 * 1024;

const execFileAsync = promisify(execFile);

/** Runs a program to its end and returns what it printed. Throws with its error output when it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  const { stdout } = await execFileAsync(program, args, {
    maxBuffer: maxOutputBytes,
    ...(signal ? { signal } : {}),
  });
  return stdout;
}
