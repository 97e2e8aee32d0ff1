/**
 * Folders of installed packages and package caches. A lockfile below them was published with a package: nothing in
 * the image was installed by it.
 */
const installedFolders =
  /(?:^|\/)(?:node_modules|site-packages|dist-packages|vendor|gems|pkg\/mod|registry\/src|\.pub-cache)\//;

/**
 * Whether a path is a file of one of these names that belongs to a project, not to a package installed for one. Asked
 * of every file of an image by many analyzers: the ending says no at once.
 */
export function isProjectFile(path: string, names: readonly string[]): boolean {
  return names.some((name) => path.endsWith(name) && isBaseName(path, name)) && !installedFolders.test(path);
}

function isBaseName(path: string, name: string): boolean {
  return path.length === name.length || path[path.length - name.length - 1] === '/';
}
