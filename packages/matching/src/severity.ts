import type { AdvisorySeverity, SeverityLevel } from '@plimsoll/contracts';
import cvss from 'ae-cvss-calculator';
import { parsedOnce } from './schemes/parsed-once.ts';

/** A rating with where it stands in the order of preference: `cvss` vectors newest standard first. */
export type Rating = {
  readonly level: SeverityLevel;
  readonly score?: number;
  readonly vector?: string;
  /** `4.0`, `3.1`, `3.0` or `2.0`. */
  readonly version?: string;
};

/** Reads the CVSS vectors of a record and scores their base metrics, newest standard first; invalid ones are left out. */
export function cvssRatings(severities: readonly AdvisorySeverity[]): Rating[] {
  return severities
    .flatMap(({ type, score }) => (type.startsWith('CVSS_') ? (rateVector(score).rating ?? []) : []))
    .sort((a, b) => Number(b.version) - Number(a.version));
}

/** Reads a vendor's word for how severe something is; undefined for words that say nothing. */
export function levelOfWord(word: string): SeverityLevel | undefined {
  const known = word.toLowerCase().replace(/\*+$/, '');
  return Object.hasOwn(levelsByWord, known) ? levelsByWord[known] : undefined;
}

const levelsByWord: Readonly<Record<string, SeverityLevel>> = {
  unimportant: 'negligible',
  negligible: 'negligible',
  low: 'low',
  medium: 'medium',
  moderate: 'medium',
  high: 'high',
  important: 'high',
  critical: 'critical',
};

type Read = (vector: string) => number | undefined;

const standards: readonly (readonly [version: string, read: Read])[] = [
  ['4.0', (vector) => baseOf(new cvss.Cvss4P0(vector), (scores) => scores.baseMetricsOnly ?? scores.base)],
  ['3.1', (vector) => baseOf(new cvss.Cvss3P1(vector), (scores) => scores.base)],
  ['3.0', (vector) => baseOf(new cvss.Cvss3P0(vector), (scores) => scores.base)],
];
const cvss2: readonly [string, Read] = [
  '2.0',
  (vector) => baseOf(new cvss.Cvss2(vector.replace(/^\(|\)$/g, '')), (scores) => scores.base),
];

/** Most vectors come again and again: all that were ever published are a few thousand. */
const rateVector = parsedOnce((text: string): { readonly rating?: Rating } => {
  const [version, read] = standards.find(([version]) => text.startsWith(`CVSS:${version}/`)) ?? cvss2;
  const base = baseScore(() => read(text));
  if (base === undefined) return {};
  return { rating: { level: levelOfScore(base, version), score: base, vector: text, version } };
});

function baseOf<S>(
  vector: { isBaseFullyDefined(): boolean; calculateScores(): S },
  base: (scores: S) => number | undefined,
): number | undefined {
  return vector.isBaseFullyDefined() ? base(vector.calculateScores()) : undefined;
}

/** The calculator throws at texts that are no vector. */
function baseScore(read: () => number | undefined): number | undefined {
  try {
    const score = read();
    return score !== undefined && score >= 0 && score <= 10 ? score : undefined;
  } catch {
    return undefined;
  }
}

/** CVSS qualitative scale; version 2 knows no critical. A score of 0 is the lowest level we have. */
function levelOfScore(score: number, version: string): SeverityLevel {
  if (score >= 9 && version !== '2.0') return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}
