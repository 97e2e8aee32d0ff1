import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Bytes read at once: an archive's records are small and lie one after the other. */
const windowBytes = 256 * 1024;

/** A file read at any position, through a window that saves a system call for most reads. */
export class WindowedFile {
  readonly sizeBytes: number;
  readonly #file: number;
  #window: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(path: string) {
    this.sizeBytes = statSync(path).size;
    this.#file = openSync(path, 'r');
  }

  /** Reads bytes that stay valid. @throws when the file ends before. */
  read(position: number, length: number): Buffer {
    if (position < 0 || length < 0 || position + length > this.sizeBytes)
      throw new Error('the file ends early');
    if (position < this.#start || position + length > this.#start + this.#window.length) {
      // A new buffer each time: what was handed out from the old one is still in use.
      this.#window = this.#readFully(position, Math.max(length, windowBytes));
      this.#start = position;
    }
    return this.#window.subarray(position - this.#start, position - this.#start + length);
  }

  close(): void {
    closeSync(this.#file);
  }

  #readFully(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(Math.min(length, this.sizeBytes - position));
    let read = 0;
    while (read < buffer.length) {
      const count = readSync(this.#file, buffer, read, buffer.length - read, position + read);
      if (count === 0) throw new Error('the file ends early');
      read += count;
    }
    return buffer;
  }
}
