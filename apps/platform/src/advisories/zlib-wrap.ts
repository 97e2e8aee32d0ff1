/** Largest number of bytes whose sums stay below 2^32 (RFC 1950, 8.2: NMAX). */
const bytesPerModulo = 5_552;
const base = 65_521;

/**
 * Makes a zlib stream (RFC 1950) of raw DEFLATE data and the bytes that it inflates to, without compressing anything
 * again.
 */
export function zlibOfDeflated(deflated: Uint8Array, plain: Uint8Array): Buffer {
  const wrapped = Buffer.allocUnsafe(deflated.length + 6);
  // 32 KB window, default level: what zlib itself writes.
  wrapped.writeUInt16BE(0x789c, 0);
  wrapped.set(deflated, 2);
  wrapped.writeUInt32BE(adler32(plain), deflated.length + 2);
  return wrapped;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (let start = 0; start < bytes.length; start += bytesPerModulo) {
    const end = Math.min(start + bytesPerModulo, bytes.length);
    for (let i = start; i < end; i++) {
      a += bytes[i] as number;
      b += a;
    }
    a %= base;
    b %= base;
  }
  return b * 65_536 + a;
}
