// `npm run bench -- [list|match|scan|sync|tunnel ..] [--runs N] [--json] [--peers] [--only PART,..] [--soak MINUTES]`: the figures of docs/operations, measured anew.
import { parseArgs } from 'node:util';
import { measureList } from './list/measure-list.ts';
import { printTable, type Measure } from './report.ts';
import { measureMatch } from './match/measure-match.ts';
import { measureScan } from './scan/measure-scan.ts';
import { measureSync } from './sync/measure-sync.ts';
import { measureTunnel } from './tunnel/measure-tunnel.ts';

/** `only`: parts of a measure to be limited to; those of `scan`, `sync` and `tunnel` have names. */
type Options = { peers: boolean; only: readonly string[]; soakMinutes: number };
type Measuring = (runs: number, options: Options) => Promise<Measure | Measure[]>;

const measures: Readonly<Record<string, Measuring>> = {
  list: measureList,
  match: measureMatch,
  scan: measureScan,
  sync: measureSync,
  tunnel: measureTunnel,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '5' },
    peers: { type: 'boolean', default: false },
    soak: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(measures);
const runs = Number(values.runs);
const only = values.only.split(',').filter((part) => part !== '');
const unknown = names.find((name) => !(name in measures));
if (unknown !== undefined || !Number.isInteger(runs) || runs < 1) {
  console.error(
    `Usage: npm run bench -- [${Object.keys(measures).join('|')} ..] [--runs N] [--json] [--peers] [--only PART,..] [--soak MINUTES]`,
  );
  process.exit(2);
}

const results: Measure[] = [];
for (const name of names) {
  const measured = await measures[name]?.(runs, {
    peers: values.peers,
    only,
    soakMinutes: Number(values.soak),
  });
  for (const measure of [measured ?? []].flat()) {
    results.push(measure);
    if (!values.json) printTable(measure);
  }
}
if (values.json) console.log(JSON.stringify(results, null, 2));
// The throwaway database of `match` ends with the process, and would keep it alive.
process.exit();
