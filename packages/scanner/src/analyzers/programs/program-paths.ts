/** Where no programs are but many files without an ending. */
const noPrograms =
  /^(?:usr\/share|usr\/include|etc|var\/lib\/dpkg|var\/cache|proc|sys|dev)\/|(?:^|\/)(?:node_modules|site-packages|dist-packages|\.git)\//;

/** Whether a file may be a program: its name has no ending, or it lies in a `bin` folder. */
export function mayBeProgram(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return (!name.includes('.') || /(?:^|\/)s?bin\/[^/]+$/.test(path)) && !noPrograms.test(path);
}
