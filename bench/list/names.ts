/** Who reads the registries of this benchmark. */
export const benchUser = { username: 'reader', password: 'correct-horse-battery' };

/** The repository with very many tags; in a project of its own. */
export const manyName = 'many/tags';

/** What the repositories with few tags are called; all are in one project. */
export function repositoryName(index: number): string {
  return `team/app-${String(index).padStart(6, '0')}`;
}

/** What the tags of a repository are called. */
export function tagName(index: number): string {
  return `v${String(index).padStart(6, '0')}`;
}
