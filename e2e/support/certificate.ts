import { join } from 'node:path';
import { runProgram } from './programs.ts';

export type Certificate = { readonly certificateFile: string; readonly keyFile: string };

/** Makes a self-signed RSA certificate for 127.0.0.1 and localhost with openssl, valid for a day, in `dir`. */
export async function createCertificate(dir: string, name = 'tls'): Promise<Certificate> {
  const certificateFile = join(dir, `${name}.crt`);
  const keyFile = join(dir, `${name}.key`);
  const request =
    'req -x509 -newkey rsa:2048 -nodes -days 1 -addext subjectAltName=IP:127.0.0.1,DNS:localhost';
  const files = ['-subj', `/CN=${name}`, '-keyout', keyFile, '-out', certificateFile];
  await runProgram('openssl', [...request.split(' '), ...files]);
  return { certificateFile, keyFile };
}
