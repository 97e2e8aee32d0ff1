/** Threads that read layers; opened once, used by many scans, closed at the end of the process. */
export class LayerReaders {
  async close(): Promise<void> {}
}
