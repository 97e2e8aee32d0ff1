/** A run cannot be done, whenever it is tried. The message is shown with the run. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
}
