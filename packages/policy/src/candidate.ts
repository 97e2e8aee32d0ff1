/** An image that a policy may admit: "this repository:tag is this digest", as a sync run observed it. */
export type Candidate = {
  readonly repository: string;
  readonly tag: string;
  /** Absent when the registry's listing tells none and asking for it failed. */
  readonly digest?: string;
  /** Absent when the registry tells none. */
  readonly pushedAt?: Date;
  /** When this digest was first seen under this tag. */
  readonly firstSeenAt: Date;
  /** It was in the registry's first listing, so when it was first seen tells nothing of its age. */
  readonly inFirstListing: boolean;
  /** It was there, with this digest, when `ImportAllNew` became part of the policy. */
  readonly inBaseline: boolean;
};

/** What a policy says, and why, as a sentence for a person. */
export type Opinion = { readonly admitted: boolean; readonly reason: string };

/** What a policy says about one candidate. */
export type Verdict = Opinion & { readonly candidate: Candidate };

/** `repository:tag`, the name of an image's project. */
export function imageName({ repository, tag }: { repository: string; tag: string }): string {
  return `${repository}:${tag}`;
}

/**
 * The time an image counts as pushed: the registry's word, else when it was first observed; undefined when it was
 * there before anybody looked (platform-api.md A12, A13).
 */
export function imageTime({ pushedAt, firstSeenAt, inFirstListing }: Candidate): Date | undefined {
  return pushedAt ?? (inFirstListing ? undefined : firstSeenAt);
}

/** Why rules about age leave an image out. */
export const unknownAge: Opinion = {
  admitted: false,
  reason: 'its age is unknown: it was there before the first sync, without a push time',
};
