/**
 * Makes of a task one that runs once at a time for each key. Whoever asks while it runs shares the one run that follows:
 * it begins after they asked, so it sees what they saw.
 */
export function oneAtATime(task: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const runs = new Map<string, { readonly running: Promise<void>; next?: Promise<void> }>();

  function start(key: string): Promise<void> {
    const running = task(key);
    runs.set(key, { running });
    return running.finally(() => {
      if (runs.get(key)?.running === running) runs.delete(key);
    });
  }

  return (key) => {
    const run = runs.get(key);
    if (!run) return start(key);
    run.next ??= run.running.then(
      () => start(key),
      () => start(key),
    );
    return run.next;
  };
}
