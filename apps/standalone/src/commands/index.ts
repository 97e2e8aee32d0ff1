import type { Command } from '../command.ts';

/** A subcommand by its name; loaded when it is asked for, so that a part holds only its own code in memory. */
export type CommandEntry = {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly load: () => Promise<Command>;
};

/** Every subcommand of `plimsoll`, in the order that `--help` shows them. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Start everything on this machine, sync a registry and scan its images',
    load: async () => (await import('./up.ts')).up,
  },
  {
    name: 'scan',
    summary: 'Read one image and print what is in it',
    load: async () => (await import('./scan.ts')).scan,
  },
  {
    name: 'doctor',
    summary: 'Walk from the platform to each registry and name the hop that fails',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'advisories',
    summary: 'Import advisories, and tell how old they are',
    load: async () => (await import('./advisories.ts')).advisories,
  },
  {
    name: 'vex',
    summary: 'Give a platform VEX documents: what need not be fixed, and why',
    load: async () => (await import('./vex.ts')).vex,
  },
  {
    name: 'advice',
    summary: 'Tell what to upgrade in an image so that the fewest issues are left',
    load: async () => (await import('./advice.ts')).advice,
  },
  {
    name: 'backup',
    summary: 'Write everything that "plimsoll up" keeps into one file, while it runs',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'Make a data directory from such a file',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'platform',
    summary: 'Run the platform: REST API, broker server, jobs, web page',
    load: async () => (await import('./parts.ts')).platform,
  },
  {
    name: 'broker-client',
    summary: 'Run the broker client inside the private network',
    load: async () => (await import('./parts.ts')).brokerClient,
  },
  {
    name: 'agent',
    summary: 'Run the agent that reads registries and images',
    load: async () => (await import('./parts.ts')).agent,
  },
];
