import { readFileSync } from 'node:fs';

/** The clock tick in which Linux counts; 100 a second on every platform that Node runs on. */
const tickMs = 10;

/** The CPU time that a process has used, milliseconds (proc(5), `/proc/<pid>/stat`); NaN where there is no /proc. */
export function processCpuMs(pid: number | undefined): number {
  try {
    // The name of the program may hold blanks and brackets: fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * tickMs;
  } catch {
    return Number.NaN;
  }
}
