import { exitCodes } from '@plimsoll/runtime';
import { readOptions, type Command } from '../command.ts';
import { connectPlatform, orgOf, platformHelp, platformOptions } from '../connect-platform.ts';
import type { PlatformClient } from '../platform-client.ts';
import { printLine, visible } from '../terminal.ts';

/** Advisories older than this are called old. */
const oldAfterMs = 48 * 3_600_000;

/** `plimsoll doctor`: from the platform to the registry, hop by hop. */
export const doctor: Command = {
  help: `Usage: plimsoll doctor [options]

Asks the platform, and through it each broker client, agent and registry, whether they work, in this order:
platform -> database and jobs -> broker client -> agent -> registry. Names the first hop that fails and what to do.
Without --url it looks at the "plimsoll up" of this folder.

${platformHelp}

Exit codes: 0 everything works, 4 something does not answer, 6 a token or password was refused.`,

  async run(args) {
    return walk(await connectPlatform(readOptions(args, platformOptions).values));
  },
};

async function walk(client: PlatformClient): Promise<number> {
  let isWell = true;
  const tell = (ok: boolean, what: string) => {
    isWell &&= ok;
    printLine(`${ok ? '✔' : '✘'} ${visible(what)}`);
  };
  for (const [name, state] of Object.entries(await client.readiness())) {
    tell(state === 'ok', `platform: ${name}${state === 'ok' ? '' : ` - ${state}`}`);
  }
  if (!isWell) return exitCodes.unavailable;

  const orgId = await orgOf(client);
  const feeds = await client.advisoryFeeds();
  const newest = Math.max(0, ...feeds.map((feed) => Date.parse(feed.attributes.imported_at ?? '') || 0));
  tell(
    feeds.length > 0,
    feeds.length > 0
      ? `advisories: ${feeds.length} ecosystems`
      : 'advisories: none; run "plimsoll advisories import"',
  );
  if (feeds.length > 0 && Date.now() - newest > oldAfterMs) {
    printLine(
      `! advisories were imported ${Math.round((Date.now() - newest) / 3_600_000)} hours ago; newer ones are not known`,
    );
  }

  const integrations = await client.integrations(orgId);
  if (integrations.length === 0) printLine('! no registry is connected yet');
  for (const { id, attributes, meta } of integrations) {
    const check = await client.checkConnection(orgId, id);
    for (const hop of check.attributes.hops) {
      if (hop.status === 'unknown') printLine(`? ${attributes.profile_name}: ${hop.hop} - not reached`);
      else tell(hop.status === 'ok', `${attributes.profile_name}: ${hop.hop} - ${hop.message}`);
    }
    const toldAt = meta?.last_push_event_at;
    const told = toldAt ? `the last one came at ${toldAt}` : 'none came yet';
    const { found = 'what takes them cannot be asked', remedy } = check.attributes.webhook ?? {};
    printLine(visible(`- ${attributes.profile_name}: push events - ${told}; ${found}`));
    if (remedy) printLine(visible(`  ${remedy}`));
  }
  return isWell ? exitCodes.ok : exitCodes.unavailable;
}
