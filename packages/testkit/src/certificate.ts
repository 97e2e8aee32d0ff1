import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type TestCertificate = {
  readonly cert: string;
  readonly key: string;
  readonly path: string;
  readonly keyPath: string;
};

/** Makes a self-signed certificate in files of its own; undefined when the openssl command is missing. */
export function makeCertificate(host: string): TestCertificate | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-'));
  const [path, keyPath] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const request = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=${host}`;
  const names = ['-addext', `subjectAltName=DNS:${host},IP:127.0.0.1`];
  try {
    execFileSync('openssl', [...request.split(' '), ...names, '-keyout', keyPath, '-out', path], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  return { cert: readFileSync(path, 'utf8'), key: readFileSync(keyPath, 'utf8'), path, keyPath };
}
