import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that pass before the young garbage is collected, which then takes about 2 ms. */
const everyBytes = 4 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' }) => void;

let collect: Collect | undefined;
let passed = 0;

/**
 * Notes that bytes went through a tunnel, and has V8 collect its young garbage from time to time. Of a streamed body
 * V8 sees only the handles of the buffers, not their size, until 64 MiB lie outside its heap: without this a process
 * grows by 70 MiB as soon as anything large passes, and is slower, since each buffer is fresh memory.
 */
export function noteBytes(bytes: number): void {
  passed += bytes;
  if (passed < everyBytes) return;
  passed = 0;
  collect ??= exposeCollect();
  collect({ type: 'minor' });
}

/** V8 hands its collector to contexts that are made once it is exposed. */
function exposeCollect(): Collect {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as Collect;
}
