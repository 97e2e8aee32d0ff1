import { imageTime, unknownAge, type Candidate, type Verdict } from '../candidate.ts';
import { newestFirst } from '../newest-first.ts';
import type { PolicyType } from '../policy-type.ts';

/** The newest images of each repository. Images of unknown age take no place. */
export const lastNObserved: PolicyType<'LastNObserved'> = {
  type: 'LastNObserved',
  isRanking: true,
  evaluate({ policy: { limitNewestImages: limit } }, candidates) {
    const dated = candidates.filter((candidate) => imageTime(candidate) !== undefined);
    const verdicts = new Map<Candidate, Verdict>();
    for (const [repository, images] of Map.groupBy(dated, (candidate) => candidate.repository)) {
      for (const [index, candidate] of newestFirst(images, (image) => image).entries()) {
        const place = `${ordinal(index + 1)} newest of ${images.length} in ${repository}`;
        const admitted = index < limit;
        const reason = admitted ? place : `${place}, and only ${limit} are imported`;
        verdicts.set(candidate, { candidate, admitted, reason });
      }
    }
    return candidates.map(
      (candidate) => verdicts.get(candidate) ?? { candidate, admitted: false, reason: unknownAge },
    );
  },
};

function ordinal(place: number): string {
  if (place === 1) return 'the';
  const isTeen = place % 100 > 10 && place % 100 < 14;
  return `${place}${isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th')}`;
}
