import type { PolicyType } from '../policy-type.ts';

/** Searches, unanchored, in repository and tag; a pattern that is absent matches everything (platform-api.md A7, A8). */
export const regex: PolicyType<'Regex'> = {
  type: 'Regex',
  evaluate({ policy }, candidates, { compile }) {
    const repo = policy.repo === undefined ? undefined : compile(policy.repo);
    const tag = policy.tag === undefined ? undefined : compile(policy.tag);
    const noRepo = `repository does not match ${policy.repo}`;
    const noTag = `tag does not match ${policy.tag}`;
    const match = [
      ...(repo ? [`repository matches ${policy.repo}`] : []),
      ...(tag ? [`tag matches ${policy.tag}`] : []),
    ].join(', ');
    return candidates.map((candidate) => {
      if (repo && !repo.test(candidate.repository)) return { candidate, admitted: false, reason: noRepo };
      if (tag && !tag.test(candidate.tag)) return { candidate, admitted: false, reason: noTag };
      return { candidate, admitted: true, reason: match };
    });
  },
};
