import type { PolicyType } from '../policy-type.ts';

/** What any of its parts admits; each part sees all the candidates. */
export const or: PolicyType<'Or'> = {
  type: 'Or',
  evaluate({ sub_policies: parts }, candidates, { evaluate }) {
    const answers = parts.map((part) => evaluate(part, candidates));
    return candidates.map((candidate, index) => {
      const verdicts = answers.flatMap((answer) => answer[index] ?? []);
      const admitting = verdicts.find((verdict) => verdict.admitted);
      if (admitting) return admitting;
      return { candidate, admitted: false, reason: verdicts.map(({ reason }) => reason).join('; ') };
    });
  },
};
