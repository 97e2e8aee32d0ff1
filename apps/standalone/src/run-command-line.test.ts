import { afterEach, expect, it, vi } from 'vitest';
import { exitCodes } from '@plimsoll/runtime';
import { commands } from './commands/index.ts';
import { runCommandLine } from './run-command-line.ts';

let printed = '';
const capture = (text: string | Uint8Array) => {
  printed += String(text);
  return true;
};

async function plimsoll(...args: string[]): Promise<{ code: number; text: string }> {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation(capture);
  vi.spyOn(process.stderr, 'write').mockImplementation(capture);
  const code = await runCommandLine(args);
  vi.restoreAllMocks();
  return { code, text: printed };
}

afterEach(() => vi.restoreAllMocks());

it('lists every command', async () => {
  const { code, text } = await plimsoll('--help');

  expect(code).toBe(exitCodes.ok);
  for (const command of commands) expect(text).toContain(`  ${command.name}`);
});

it.each(commands.map((command) => command.name))('explains %s with --help', async (name) => {
  const { code, text } = await plimsoll(name, '--help');

  expect(code).toBe(exitCodes.ok);
  expect(text).toMatch(new RegExp(`^Usage: plimsoll ${name}`));
});

it('refuses what it does not know, with the way to help', async () => {
  expect(await plimsoll('fly')).toEqual({
    code: exitCodes.usage,
    text: expect.stringMatching(/There is no command "fly"/),
  });
  expect(await plimsoll('up', '--wings')).toEqual({
    code: exitCodes.usage,
    text: expect.stringMatching(/--wings[^]*plimsoll up --help/),
  });
});

it('refuses registry options without a registry', async () => {
  expect(await plimsoll('up', '--username', 'robot')).toEqual({
    code: exitCodes.usage,
    text: expect.stringMatching(/say which one with --registry/),
  });
});
