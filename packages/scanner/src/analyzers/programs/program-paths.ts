/** Where no programs are but many files without an ending. */
const noPrograms =
  /^(?:usr\/share|usr\/include|etc|var\/lib\/dpkg|var\/cache|proc|sys|dev)\/|(?:^|\/)\.git\//;
/** Packages whose files without an ending are mostly texts; what programs they bring lies in a `bin` folder. */
const packageFolders = /(?:^|\/)(?:node_modules|site-packages|dist-packages)\//;

/** Whether a file may be a program: its name has no ending, or it lies in a `bin` folder. */
export function mayBeProgram(path: string): boolean {
  const slash = path.lastIndexOf('/');
  // Asked of every path that a package owns: what says no to most of them comes first.
  if (!isBin(path, slash) && (path.includes('.', slash + 1) || packageFolders.test(path))) return false;
  return !noPrograms.test(path);
}

/** Whether the folder that ends at a slash is called `bin` or `sbin`. */
function isBin(path: string, slash: number): boolean {
  if (slash < 3 || !path.startsWith('bin', slash - 3)) return false;
  const start = path[slash - 4] === 's' ? slash - 4 : slash - 3;
  return start === 0 || path[start - 1] === '/';
}
