import type { PolicyType } from '../policy-type.ts';

/** Searches, unanchored, in repository and tag; a pattern that is absent matches everything (platform-api.md A7, A8). */
export const regex: PolicyType<'Regex'> = {
  type: 'Regex',
  evaluate({ policy }, candidates, { compile }) {
    const repo = policy.repo === undefined ? undefined : compile(policy.repo);
    const tag = policy.tag === undefined ? undefined : compile(policy.tag);
    const noRepo = { admitted: false, reason: `repository does not match ${policy.repo}` };
    const noTag = { admitted: false, reason: `tag does not match ${policy.tag}` };
    const match = {
      admitted: true,
      reason: [
        ...(repo ? [`repository matches ${policy.repo}`] : []),
        ...(tag ? [`tag matches ${policy.tag}`] : []),
      ].join(', '),
    };
    // Candidates of one repository come one after the other.
    let last: { readonly repository: string; readonly matches: boolean } | undefined;
    return candidates.map((candidate) => {
      const { repository } = candidate;
      if (last?.repository !== repository) last = { repository, matches: repo?.test(repository) ?? true };
      if (!last.matches) return noRepo;
      return tag && !tag.test(candidate.tag) ? noTag : match;
    });
  },
};
