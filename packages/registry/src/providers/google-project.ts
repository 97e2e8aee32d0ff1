/**
 * Projects of a Google Workspace domain are called `example.com:project`; in names of images a slash stands for the colon.
 * https://cloud.google.com/artifact-registry/docs/docker/names
 */
export type GoogleNames = {
  /** As Google's API calls it. */
  readonly project: string;
  /** As names of images begin with it. */
  readonly prefix: string;
  /** Whether a repository of the project is named as well. */
  readonly isRepository: boolean;
};

/** Reads what stands behind the host: a project, and perhaps a repository in it. */
export function googleNames(namespace: string): GoogleNames {
  const [first = '', second, ...rest] = namespace.split('/');
  // Ids of projects hold no dots, domains do.
  if (!first.includes('.') || second === undefined) {
    return { project: first, prefix: first, isRepository: second !== undefined };
  }
  return { project: `${first}:${second}`, prefix: `${first}/${second}`, isRepository: rest.length > 0 };
}

/** The way to write a project that names of images have. */
export function withoutColon(typed: string): string {
  return typed.replace(/(^|\/)([a-z0-9-]+(?:\.[a-z0-9-]+)+):(?=[a-z][a-z0-9-]*)/gi, '$1$2/');
}
