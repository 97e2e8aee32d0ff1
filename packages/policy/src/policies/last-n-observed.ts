import { imageTime, unknownAge, type Opinion } from '../candidate.ts';
import { newestFirst } from '../newest-first.ts';
import type { PolicyType } from '../policy-type.ts';

/** The newest images of each repository. Images of unknown age take no place. */
export const lastNObserved: PolicyType<'LastNObserved'> = {
  type: 'LastNObserved',
  isRanking: true,
  evaluate({ policy: { limitNewestImages: limit } }, candidates) {
    const opinions: Opinion[] = candidates.map(() => unknownAge);
    const dated = [...candidates.entries()].filter(([, candidate]) => imageTime(candidate) !== undefined);
    for (const [repository, images] of Map.groupBy(dated, ([, candidate]) => candidate.repository)) {
      const among = `newest of ${images.length} in ${repository}`;
      const tooOld = `${among}, and only ${limit} are imported`;
      for (const [rank, [index]] of newestFirst(images, ([, image]) => image).entries()) {
        const admitted = rank < limit;
        opinions[index] = { admitted, reason: `${ordinal(rank + 1)} ${admitted ? among : tooOld}` };
      }
    }
    return opinions;
  },
};

function ordinal(place: number): string {
  if (place === 1) return 'the';
  const isTeen = place % 100 > 10 && place % 100 < 14;
  return `${place}${isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th')}`;
}
