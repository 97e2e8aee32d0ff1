import { expect, it } from 'vitest';
import { createLogger } from './logger.ts';
import { Secret } from './secret.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(
    createLogger({
      name: 'test',
      level: 'debug',
      secrets: [new Secret('p@ss"word')],
      write: (line) => lines.push(line),
    }),
  );
  return lines.join('');
}

it('hides secrets by key', () => {
  const text = logged((log) => log.info({ headers: { authorization: 'Bearer abc' } }, 'request sent'));

  expect(text).not.toContain('abc');
});

it('hides a secret value in any field, in clear, as JSON, in base64 and URL-encoded', () => {
  const value = 'p@ss"word';
  const text = logged((log) => {
    log.info({ url: `https://h/?q=${encodeURIComponent(value)}` }, `failed with ${value}`);
    log.info({ header: Buffer.from(value).toString('base64') }, 'sent');
  });

  expect(text).not.toContain('word');
  expect(text).not.toContain(encodeURIComponent(value));
  expect(text).not.toContain(Buffer.from(value).toString('base64').replace(/=+$/, ''));
});
