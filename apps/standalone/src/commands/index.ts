import type { Command } from '../command.ts';
import { advisories } from './advisories.ts';
import { doctor } from './doctor.ts';
import { agent, brokerClient, platform } from './parts.ts';
import { scan } from './scan.ts';
import { up } from './up.ts';

/** Every subcommand of `plimsoll`, in the order that `--help` shows them. */
export const commands: readonly Command[] = [up, scan, doctor, advisories, platform, brokerClient, agent];
