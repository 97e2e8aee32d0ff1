/** Where no programs are but many files without an ending. */
const noPrograms =
  /^(?:usr\/share|usr\/include|etc|var\/lib\/dpkg|var\/cache|proc|sys|dev)\/|(?:^|\/)\.git\//;
/** Packages whose files without an ending are mostly texts; what programs they bring lies in a `bin` folder. */
const packageFolders = /(?:^|\/)(?:node_modules|site-packages|dist-packages)\//;

/** Whether a file may be a program: its name has no ending, or it lies in a `bin` folder. */
export function mayBeProgram(path: string): boolean {
  const isInBin = /(?:^|\/)s?bin\/[^/]+$/.test(path);
  if (!isInBin && (path.includes('.', path.lastIndexOf('/') + 1) || packageFolders.test(path))) return false;
  return !noPrograms.test(path);
}
