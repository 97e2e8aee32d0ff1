/**
 * Folders of installed packages and package caches. A lockfile below them was published with a package: nothing in
 * the image was installed by it.
 */
const installedFolders =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|pkg\/mod|registry\/src|\.pub-cache)\//;

/** Whether a path is a file of one of these names that belongs to a project, not to a package installed for one. */
export function isProjectFile(path: string, names: ReadonlySet<string>): boolean {
  return names.has(path.slice(path.lastIndexOf('/') + 1)) && !installedFolders.test(path);
}
