import type { PolicyComponent } from '@plimsoll/contracts';

/** Policies that a person can choose by name; the rest is written as JSON. */
export const presets = ['everything', 'new', 'newest', 'recent', 'pattern', 'own'] as const;
export type Preset = (typeof presets)[number];

/** What a person has chosen and typed; only what belongs to the preset counts. */
export type PolicyChoice = {
  readonly preset: Preset;
  readonly count: number;
  readonly days: number;
  readonly repo: string;
  readonly tag: string;
  readonly json: string;
};

export const firstChoice: PolicyChoice = {
  preset: 'new',
  count: 5,
  days: 30,
  repo: '',
  tag: '',
  json: JSON.stringify({ type: 'ImportAll' }, undefined, 2),
};

/**
 * The policy that was chosen, as it is sent; whether it is valid the platform says.
 * @throws {SyntaxError} where JSON that a person wrote is none.
 */
export function policyOf({ preset, count, days, repo, tag, json }: PolicyChoice): unknown {
  switch (preset) {
    case 'everything':
      return { type: 'ImportAll' };
    case 'new':
      return { type: 'ImportAllNew' };
    case 'newest':
      return { type: 'LastNObserved', policy: { limitNewestImages: count } };
    case 'recent':
      return { type: 'Recent', policy: { maxAgeDays: days } };
    case 'pattern':
      return { type: 'Regex', policy: { ...(repo !== '' && { repo }), ...(tag !== '' && { tag }) } };
    default:
      return JSON.parse(json) as unknown;
  }
}

/** The choice that stands for a policy which is there already. */
export function choiceOf(component: PolicyComponent): PolicyChoice {
  switch (component.type) {
    case 'ImportAll':
      return { ...firstChoice, preset: 'everything' };
    case 'ImportAllNew':
      return { ...firstChoice, preset: 'new' };
    case 'LastNObserved':
      return { ...firstChoice, preset: 'newest', count: component.policy.limitNewestImages };
    case 'Recent':
      return { ...firstChoice, preset: 'recent', days: component.policy.maxAgeDays };
    case 'Regex':
      return {
        ...firstChoice,
        preset: 'pattern',
        repo: component.policy.repo ?? '',
        tag: component.policy.tag ?? '',
      };
    default:
      return { ...firstChoice, preset: 'own', json: JSON.stringify(component, undefined, 2) };
  }
}

/** Whether a pattern may match more than it seems to: it is searched for anywhere in the text. */
export function isLoose(pattern: string): boolean {
  return pattern !== '' && !(pattern.startsWith('^') && pattern.endsWith('$'));
}
