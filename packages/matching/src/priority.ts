import type { SeverityLevel } from '@plimsoll/contracts';
import type { Finding, FixState } from './match-package.ts';

/** The name of the formula; another one gets another name. */
export const priorityModel = 'plimsoll-1';

/** What is known of the exploitation of a vulnerability: the worst of all its CVE ids. */
export type Exploitation = {
  /** EPSS: the share of all CVEs that are less likely to be exploited, 0 to 1. */
  readonly percentile?: number | undefined;
  /** CISA lists it as exploited. */
  readonly isKnown: boolean;
};

/** From where an attacker must come, as CVSS metrics tell; `unknown` counts as the network. */
export type AttackReach = 'network' | 'adjacent' | 'local' | 'physical' | 'unknown';

/** Everything that the priority of a finding is made of. */
export type PriorityFacts = {
  readonly severity: SeverityLevel;
  /** CVSS base score, 0 to 10. */
  readonly score?: number | undefined;
  readonly exploitation: Exploitation;
  readonly fixState: FixState;
  readonly reach: AttackReach;
  readonly confidence: Finding['confidence'];
  /** It is of a kernel that no container runs. */
  readonly isHostKernel: boolean;
};

/** One thing that a priority is made of: how bad it is, 0 to 1, and its share of the whole. */
export type PriorityFactor = { readonly name: string; readonly value: number; readonly weight: number };

/**
 * How soon to deal with a finding, 0 (never) to 1000 (now): docs/priority.md. Never falls when a finding becomes more
 * severe, more likely to be exploited, known to be exploited, fixable, easier to reach or surer.
 */
export function priorityOf(facts: PriorityFacts): number {
  if (facts.isHostKernel) return 0;
  const share =
    priorityFactors(facts).reduce((sum, { value, weight }) => sum + value * weight, 0) *
    certainty[facts.confidence];
  const { floor, room } = facts.exploitation.isKnown ? exploitedBand : otherBand;
  return Math.round(floor + room * share);
}

/** What a priority is made of, in the order of weight; the weights add up to 1. */
export function priorityFactors(facts: PriorityFacts): PriorityFactor[] {
  const { percentile = 0, isKnown } = facts.exploitation;
  return [
    { name: 'severity', value: dangerOf(facts.severity, facts.score), weight: 0.55 },
    // Squared: EPSS calls almost all of the lower half equally unlikely, and the upper tenth is what gets exploited.
    { name: 'exploitation', value: isKnown ? 1 : clamp(percentile, 0, 1) ** 2, weight: 0.25 },
    { name: 'fix', value: fixValue[facts.fixState], weight: 0.15 },
    { name: 'reach', value: reachValue[facts.reach], weight: 0.05 },
  ];
}

/** Gathers the facts of a finding. */
export function priorityFacts(finding: Finding, exploitation: Exploitation): PriorityFacts {
  return {
    severity: finding.severity,
    score: finding.score,
    exploitation,
    fixState: finding.fixState,
    reach: reachOf(finding.ratings.find(({ vector }) => vector !== undefined)?.vector),
    confidence: finding.confidence,
    isHostKernel: finding.hiddenReason === 'kernel',
  };
}

/** Whatever is known to be exploited comes before all else. */
const exploitedBand = { floor: 700, room: 300 } as const;
const otherBand = { floor: 0, room: 700 } as const;

/** Where each level begins and ends; a score says where inside. Unknown is no excuse: it stands as low as medium does. */
const danger: Readonly<Record<SeverityLevel, readonly [low: number, high: number]>> = {
  critical: [0.9, 1],
  high: [0.7, 0.9],
  medium: [0.4, 0.7],
  unknown: [0.4, 0.4],
  low: [0.1, 0.4],
  negligible: [0, 0.1],
};

function dangerOf(severity: SeverityLevel, score: number | undefined): number {
  const [low, high] = danger[severity];
  // A vendor's own level outweighs the score, which may be of another level.
  return score === undefined ? (low + high) / 2 : clamp(score / 10, low, high);
}

const fixValue: Readonly<Record<FixState, number>> = {
  fixed: 1,
  remove: 1,
  subscription: 0.5,
  'no-fix': 0,
  'will-not-fix': 0,
};

const reachValue: Readonly<Record<AttackReach, number>> = {
  network: 1,
  unknown: 1,
  adjacent: 0.6,
  local: 0.3,
  physical: 0,
};

const certainty: Readonly<Record<Finding['confidence'], number>> = { high: 1, medium: 0.9, low: 0.7 };

/** The attack vector of CVSS 2 to 4: `/AV:N`. */
function reachOf(vector: string | undefined): AttackReach {
  const letter = /(?:^|[/(])AV:([NALP])/.exec(vector ?? '')?.[1];
  return letter === undefined ? 'unknown' : (reachByLetter[letter] ?? 'unknown');
}

const reachByLetter: Readonly<Record<string, AttackReach>> = {
  N: 'network',
  A: 'adjacent',
  L: 'local',
  P: 'physical',
};

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
