/** How a number of requests at once went: how many, how many per second, and the time of one, milliseconds. */
export type Load = {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

/**
 * Keeps `concurrency` requests under way for `durationMs`, or until the signal aborts. `request` resolves when the
 * answer was read whole.
 */
export async function measureLoad(
  request: () => Promise<void>,
  concurrency: number,
  durationMs: number,
  signal?: AbortSignal,
): Promise<Load> {
  const times: number[] = [];
  const start = performance.now();
  const isOver = () => performance.now() - start >= durationMs || signal?.aborted === true;
  const worker = async () => {
    while (!isOver()) {
      const sent = performance.now();
      await request();
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - start) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { requests: times.length, perSecond: times.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}
