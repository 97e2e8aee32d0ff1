import { FixAdviceQuery, type FixAdvice, type Project } from '@plimsoll/contracts';
import { exitCodes } from '@plimsoll/runtime';
import { CommandError, readOptions, UsageError, type Command } from '../command.ts';
import { connectPlatform, orgOf, platformHelp, platformOptions } from '../connect-platform.ts';
import type { PlatformClient } from '../platform-client.ts';
import { printLine, table, visible } from '../terminal.ts';

/** `plimsoll advice`: what to change about an image. */
export const advice: Command = {
  help: `Usage: plimsoll advice [options] IMAGE

Tells the fewest upgrades of packages that clear the most issues of an image, and newer base images with fewer issues out of
those that the organization has scanned (docs/advisories.md). IMAGE is the name or the id of a project, "repository:tag". Without
--url the "plimsoll up" of this folder is meant.

  --severity LEVEL look at issues of this severity and worse ones: critical, high (default), medium, low, negligible
  --json           print the answer of the API
${platformHelp}

Exit codes: 0 done, 1 there is no such image or it was not read yet, 4 no platform, 6 the token was refused.`,

  async run(args) {
    const { values, positionals } = readOptions(args, {
      ...platformOptions,
      severity: { type: 'string', default: 'high' },
      json: { type: 'boolean', default: false },
    });
    const [name, ...others] = positionals;
    if (name === undefined || others.length > 0) throw new UsageError('Name one image.');
    const query = FixAdviceQuery.safeParse({ severity: values.severity });
    if (!query.success) {
      throw new UsageError('--severity is one of critical, high, medium, low and negligible.');
    }
    const client = await connectPlatform(values);
    const orgId = await orgOf(client);
    const project = await projectNamed(client, orgId, name);
    const found = await client.fixAdvice(orgId, project.id, query.data.severity);
    printLine(values.json ? JSON.stringify(found, undefined, 2) : report(project, found));
    return exitCodes.ok;
  },
};

async function projectNamed(client: PlatformClient, orgId: string, name: string): Promise<Project> {
  const named = await client.projectsNamed(orgId, name);
  const found = named.filter((project) => project.attributes.name === name);
  const known = found.length > 0 ? found : (await client.projects(orgId)).filter(({ id }) => id === name);
  const [project, ...others] = known;
  if (!project) {
    const near = named.slice(0, 5).map(({ attributes }) => `\n  ${visible(attributes.name)}`);
    const hint = near.length > 0 ? `\nIts name begins like that of:${near.join('')}` : '';
    throw new CommandError(exitCodes.failure, `There is no image "${visible(name)}".${hint}`);
  }
  if (others.length > 0) {
    const ids = known.map(({ id }) => `\n  ${id}`).join('');
    throw new CommandError(
      exitCodes.failure,
      `There are ${known.length} images "${visible(name)}"; name one of them by its id:${ids}`,
    );
  }
  if (project.meta.image.scan_status !== 'scanned') {
    throw new CommandError(exitCodes.failure, `The image "${visible(name)}" was not read yet.`);
  }
  return project;
}

function report({ attributes: { name } }: Project, found: FixAdvice['attributes']): string {
  const { severity, issues, upgrades, base_image: base } = found;
  const lines = [
    `${visible(name)}: ${issues.now} issues of severity ${severity} and worse, ${issues.after} after the upgrades below`,
  ];
  if (upgrades.length > 0) {
    lines.push(
      '',
      table(
        ['UPGRADE', 'FROM', 'TO', 'CLEARS', 'LEAVES', 'BRINGS', 'INTRODUCED BY'],
        upgrades.map((one) => [
          one.name,
          one.from,
          one.to,
          one.clears.length,
          one.leaves.length,
          one.brings.length,
          introducedBy(one.introduced_by),
        ]),
        [3, 4, 5],
      ),
    );
  }
  for (const { name: package_, remedy } of upgrades) {
    if (remedy !== undefined) lines.push(`${visible(package_)}: ${visible(remedy)}.`);
  }
  if (base && base.options.length > 0) {
    const [now] = base.names;
    lines.push(
      '',
      `Newer images to build from, instead of ${visible(now ?? base.digest)}:`,
      '',
      table(
        ['IMAGE', 'CHANGE', 'CRITICAL', 'HIGH', 'MEDIUM'],
        base.options.map(({ name: image, distance, issue_counts: counts }) => [
          image,
          distance,
          counts.critical,
          counts.high,
          counts.medium,
        ]),
        [2, 3, 4],
      ),
    );
  }
  return lines.join('\n');
}

function introducedBy(layer: FixAdvice['attributes']['upgrades'][number]['introduced_by']): string {
  if (!layer) return '';
  return layer.in_base_image ? 'base image' : (layer.instruction ?? `layer ${layer.layer_index + 1}`);
}
