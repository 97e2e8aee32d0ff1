/** Repositories that are listed at the same time, by us and by the floor alike. */
const workers = 8;

/** Does something for each of a list, several at a time. */
export async function atATime<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
