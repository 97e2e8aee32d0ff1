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
  /** It was there before the policy began to look: it is not new, and without `pushedAt` its age is unknown. */
  readonly inBaseline: boolean;
};

/** What a policy says about one candidate, and why, as a sentence for a person. */
export type Verdict = { readonly candidate: Candidate; readonly admitted: boolean; readonly reason: string };

/** `repository:tag`, the name of an image's project. */
export function imageName({ repository, tag }: { repository: string; tag: string }): string {
  return `${repository}:${tag}`;
}

/** The time an image counts as pushed (platform-api.md A12): the registry's word, else when it was first observed. */
export function imageTime({ pushedAt, firstSeenAt }: Candidate): Date {
  return pushedAt ?? firstSeenAt;
}

/** Orders candidates newest first; among equals by repository and tag, so that the order never depends on the input. */
export function newestFirst(a: Candidate, b: Candidate): number {
  return (
    imageTime(b).getTime() - imageTime(a).getTime() ||
    compareText(a.repository, b.repository) ||
    compareText(b.tag, a.tag)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
