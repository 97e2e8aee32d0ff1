import { AdvisoriesError } from '../advisories-error.ts';
import type { EpssScore } from '../enrichment.ts';
import type { Feed, FeedItem } from '../feed.ts';
import { contentsOf } from '../feed-file.ts';
import { dayOf } from '../json-fields.ts';
import { linesOf } from '../lines.ts';

/**
 * FIRST's daily file (first.org/epss/data_stats): a comment with model and day, a heading, then `cve,epss,percentile`
 * per line.
 */
export const epss: Feed = {
  id: 'epss',
  kind: 'epss',
  recognizes: ({ head }) => /^(?:#[^\n]*\n)?cve,epss,percentile\b/.test(head.slice(0, 500)),
  async *read(file, signal) {
    let about: Pick<EpssScore, 'model' | 'scoredOn'> | undefined;
    let number = 0;
    for await (const line of linesOf(contentsOf(file, signal))) {
      number++;
      if (line.startsWith('#')) about = aboutOf(line);
      else if (line && !line.startsWith('cve,')) {
        if (!about) throw new AdvisoriesError('invalid', `${file.name} does not tell of which day it is`);
        yield itemOf(line, number, about);
      }
    }
  },
};

/** `#model_version:v2025.03.14,score_date:2026-11-28T12:00:00Z` */
function aboutOf(line: string): Pick<EpssScore, 'model' | 'scoredOn'> | undefined {
  const model = /model_version:([^,\s]{1,40})/.exec(line)?.[1];
  const scoredOn = dayOf(/score_date:(\d{4}-\d{2}-\d{2})/.exec(line)?.[1]);
  return model && scoredOn ? { model, scoredOn } : undefined;
}

function itemOf(line: string, number: number, about: Pick<EpssScore, 'model' | 'scoredOn'>): FeedItem {
  const [cve = '', ...numbers] = line.split(',');
  const [probability = Number.NaN, percentile = Number.NaN] = numbers.map((text) =>
    text.trim() ? Number(text) : Number.NaN,
  );
  const isShare = (value: number) => value >= 0 && value <= 1;
  if (!/^CVE-\d{4}-\d{1,12}$/.test(cve) || !isShare(probability) || !isShare(percentile)) {
    return { fault: { name: `line ${number}`, reason: 'it is no CVE id with two numbers from 0 to 1' } };
  }
  return { epss: { cve, probability, percentile, ...about } };
}
