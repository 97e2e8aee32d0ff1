import { ConfigError, exitCodes } from '@plimsoll/runtime';
import { CommandError, UsageError, type Command } from './command.ts';
import { commands, type CommandEntry } from './commands/index.ts';
import { printError, printLine } from './terminal.ts';

/** Runs `plimsoll ARGS`; answers with the exit code. */
export async function runCommandLine(args: string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const asked = commands.find((command) => command.name === rest[0]);
    printLine(asked ? (await asked.load()).help : overview());
    return name === undefined ? exitCodes.usage : exitCodes.ok;
  }
  const entry = commands.find((candidate) => candidate.name === name);
  if (!entry) {
    printError(`There is no command "${name}".\n\n${overview()}`);
    return exitCodes.usage;
  }
  const command = await entry.load();
  if (rest.includes('--help') || rest.includes('-h')) {
    printLine(command.help);
    return exitCodes.ok;
  }
  return runCommand(entry, command, rest);
}

async function runCommand(entry: CommandEntry, command: Command, args: string[]): Promise<number> {
  try {
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) {
      printError(`${error.message}\nSee: plimsoll ${entry.name} --help`);
      return exitCodes.usage;
    }
    if (error instanceof CommandError) {
      printError(error.message);
      return error.exitCode;
    }
    // The environment of a part cannot be used: the message names the variables.
    if (error instanceof ConfigError) {
      printError(error.message);
      return exitCodes.config;
    }
    printError(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.failure;
  }
}

function overview(): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'plimsoll: know what is vulnerable in private container registries.',
    '',
    'Usage: plimsoll <command> [options]',
    '',
    'Commands:',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'Each command explains itself: plimsoll <command> --help',
  ].join('\n');
}
