import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentConfig } from '@plimsoll/agent';
import { BrokerClientConfig } from '@plimsoll/broker-client';
import { BrokerFailure, RegistryVerdictCode } from '@plimsoll/contracts';
import { exitCodes, type parseConfig } from '@plimsoll/runtime';
import { describe, expect, it } from 'vitest';
import { PlatformConfig } from '../apps/platform/src/config.ts';

type ConfigSchema = Parameters<typeof parseConfig>[0];

const page = (name: string) => readFileSync(join(import.meta.dirname, '../docs', name), 'utf8');

/** The cells of each row of the tables below a heading, without the head of the table. */
function tableRows(markdown: string, heading: string): string[][] {
  const section = markdown.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1));
  return rows.slice(2).map((cells) => cells.map((cell) => cell.trim()));
}

const codeNames = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

describe('the pages for operators', () => {
  const parts: [string, ConfigSchema][] = [
    ['platform', PlatformConfig],
    ['broker-client', BrokerClientConfig],
    ['agent', AgentConfig],
  ];

  it.each(parts)('name every variable of %s, and no other', (part, config) => {
    const documented = tableRows(page('reference/configuration.md'), part).flatMap(([names]) =>
      codeNames(names),
    );

    expect(documented.sort()).toEqual(Object.keys(config.shape).sort());
  });

  it.each(parts)('tell the defaults of %s', (part, config) => {
    const rows = tableRows(page('reference/configuration.md'), part).flatMap(([names, shown = '']) =>
      codeNames(names).map((name) => ({ name, shown })),
    );
    // A default that depends on the machine is told in words.
    const figures = rows.filter(({ shown }) => !shown.includes(' '));

    expect(figures).toEqual(figures.map(({ name }) => ({ name, shown: presetOf(config, name) })));
  });

  it('list every exit code', () => {
    const documented = tableRows(page('operations/exit-codes.md'), 'Exit codes').map(([code, name]) => [
      codeNames(name)[0],
      Number(code),
    ]);

    expect(Object.fromEntries(documented)).toEqual(exitCodes);
  });

  it('have a remedy for every verdict on a registry and every failure of the broker', () => {
    const documented = (heading: string) =>
      tableRows(page('operations/troubleshooting.md'), heading).flatMap(([code]) => codeNames(code));

    expect(documented('What the agent says of a registry')).toEqual(RegistryVerdictCode.options);
    expect(documented('What the broker says itself')).toEqual(BrokerFailure.options);
  });
});

function presetOf(config: ConfigSchema, name: string): string {
  const schema = config.shape[name] as ConfigSchema | undefined;
  const preset: unknown = schema?.safeParse(undefined).data;
  return [preset].flat().join(',');
}
