/**
 * Does something that may take `ms` milliseconds at most: the signal that `work` gets is then aborted with a `TimeoutError`, and
 * as `signal` is. Nothing of it outlives the work; a timer of `AbortSignal.timeout` would hold what listens to it until its end.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => {
    deadline.abort(new DOMException(`It took longer than ${ms} ms.`, 'TimeoutError'));
  }, ms);
  try {
    return await work(AbortSignal.any([signal, deadline.signal]));
  } finally {
    clearTimeout(timer);
  }
}
