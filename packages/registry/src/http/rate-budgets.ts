import { RateBudget } from './rate-budget.ts';

/** Hosts whose rate is remembered: a registry sends us to a few, one that makes up new ones for ever is not remembered. */
const maxBudgets = 100;

/** How fast hosts may be asked: one budget for each, whoever asks. */
export class RateBudgets {
  readonly #budgets = new Map<string, RateBudget>();

  /** The budget of an origin: scheme, host and port. */
  of(origin: string): RateBudget {
    const known = this.#budgets.get(origin);
    if (known) return known;
    if (this.#budgets.size >= maxBudgets) this.#budgets.clear();
    const budget = new RateBudget(origin);
    this.#budgets.set(origin, budget);
    return budget;
  }
}
