import { pino, type Logger } from 'pino';
import type { Secret } from './secret.ts';

export type { Logger } from 'pino';

export type LoggerOptions = {
  readonly name: string;
  readonly level: string;
  /** Values that must not appear in any line, whatever field they hide in: replaced as they are, in base64 and URL-encoded. */
  readonly secrets?: readonly (Secret | undefined)[];
  /** Where lines go; standard output unless told. */
  readonly write?: (line: string) => void;
};

const secretKeys = [
  'authorization',
  'password',
  'token',
  'secret',
  'cookie',
  'credentials',
  'api_key',
  'brokerToken',
];

/** Makes a logger that writes one JSON line per event and hides secrets by key and by value. */
export function createLogger({ name, level, secrets = [], write }: LoggerOptions): Logger {
  const hide = hideValues(secrets);
  const out = write ?? ((line: string) => void process.stdout.write(line));
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
        censor: '***',
      },
    },
    { write: (line: string) => out(hide(line)) },
  );
}

/** Makes a function that replaces secret values in a text by `***`. Values under 4 characters are left alone. */
export function hideValues(secrets: readonly (Secret | undefined)[]): (text: string) => string {
  const values = secrets.flatMap((secret) => {
    const value = secret?.reveal() ?? '';
    if (value.length < 4) return [];
    const asJson = JSON.stringify(value).slice(1, -1);
    return [
      value,
      asJson,
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
      encodeURIComponent(value),
    ];
  });
  const distinct = [...new Set(values)].sort((a, b) => b.length - a.length);
  return (text) => distinct.reduce((shown, value) => shown.replaceAll(value, '***'), text);
}
