import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Where the built page lies. */
export const webDist = join(root, 'apps/web/dist');

/** Builds the web page, which takes about a second. */
export function buildWeb(): void {
  execFileSync('npm', ['run', 'build', '-w', '@plimsoll/web'], { cwd: root, stdio: 'pipe' });
}
