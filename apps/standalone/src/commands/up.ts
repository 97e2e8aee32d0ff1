import { RegistryType } from '@plimsoll/contracts';
import { exitCodes } from '@plimsoll/runtime';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { runEverything } from '../run-everything.ts';
import { readStandardInput } from '../terminal.ts';

/** `plimsoll up`: what `npm run quickstart` calls. */
export const up: Command = {
  help: `Usage: plimsoll up [options]
       npm run quickstart -- [options]

Starts PostgreSQL, the platform, a broker client and an agent on this machine, each a process of its own.
Without --registry it also starts a small demo registry. At the first start it makes an organization, a login
and an integration, imports advisories, syncs the registry, scans every image, and prints what it found.
Everything it keeps is in the data directory; a later start goes on from there. Ctrl-C stops all of it.

The registry to scan:
  --registry URL        for example https://harbor.example.com; http:// is taken as it is
  --type TYPE           oci (default), harbor-cr, ..  (docs/registries.md)
  --username NAME       who enters the registry
  --password-stdin      read the password from standard input: it is in no process list and no shell history
  --ca-cert FILE        certificates (PEM) of an authority to trust besides the well-known ones
  --name NAME           how the registry is called on the page (default: its host)

Where and how:
  --data-dir DIR        where everything is kept (default .plimsoll)
  --port N              port of the page and the API (default 7340)
  --host ADDRESS        address it listens on (default 127.0.0.1: this machine only)
  --advisories SOURCE   folder or URL in the layout of the OSV dumps; "osv" for the public ones,
                        "none" to import nothing (default: the small set that comes with Plimsoll)
  --once                stop when the first sync is over, for scripts
  --verbose             log everything the parts do (to files in the data directory)`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      registry: { type: 'string' },
      type: { type: 'string' },
      username: { type: 'string' },
      'password-stdin': { type: 'boolean', default: false },
      'ca-cert': { type: 'string' },
      name: { type: 'string' },
      'data-dir': { type: 'string' },
      port: { type: 'string', default: '7340' },
      host: { type: 'string', default: '127.0.0.1' },
      advisories: { type: 'string' },
      once: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
    });
    if (positionals.length > 0) throw new UsageError(`"${positionals[0]}" is not understood here.`);
    if (values.registry === undefined && (values.type ?? values.username ?? values.name) !== undefined) {
      throw new UsageError(
        '--type, --username and --name describe a registry: say which one with --registry.',
      );
    }
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new UsageError(`--port ${values.port} is not a port.`);

    const registry =
      values.registry === undefined
        ? undefined
        : {
            base: readBase(values.registry),
            type: readType(values.type ?? 'oci'),
            name: values.name ?? hostOf(values.registry),
            ...(values.username === undefined ? {} : { username: values.username }),
            ...(values['password-stdin'] ? { password: await readPassword() } : {}),
          };
    return runEverything({
      dataDirectory: values['data-dir'] ?? '.plimsoll',
      isDefaultDirectory: values['data-dir'] === undefined,
      port,
      host: values.host,
      advisories: values.advisories,
      caCert: values['ca-cert'],
      once: values.once,
      verbose: values.verbose,
      registry,
    });
  },
};

function readBase(text: string): string {
  if (/^[a-z]+:\/\//i.test(text) && !/^https?:\/\//i.test(text)) {
    throw new UsageError(`--registry ${text}: only https:// and http:// are understood.`);
  }
  return text;
}

function hostOf(base: string): string {
  return base
    .replace(/^https?:\/\//i, '')
    .replace(/\/.*$/, '')
    .replace(/[^\p{L}\p{N} _.-]/gu, '_');
}

function readType(text: string): string {
  const parsed = RegistryType.safeParse(text);
  if (!parsed.success)
    throw new UsageError(
      `--type ${text} is not a kind of registry. ${parsed.error.issues[0]?.message ?? ''}`,
    );
  return parsed.data;
}

async function readPassword(): Promise<string> {
  const password = await readStandardInput();
  if (password === '') throw new CommandError(exitCodes.usage, '--password-stdin: standard input was empty.');
  return password;
}
