import { BrokerClientError } from './broker-client-error.ts';

/** A path that ends in `/*` also takes everything below it; it does not take the path without a rest. */
type Rule = { readonly method: string; readonly path: string };

/**
 * Makes a function that finds the rule of a method and a path read by `readTarget`. What no rule names is refused.
 * @throws {BrokerClientError} `blocked`, by the function that is returned.
 */
export function allowList<R extends Rule>(rules: readonly R[]): (method: string, path: string) => R {
  const exact = new Map(rules.map((rule) => [`${rule.method} ${rule.path}`, rule]));
  const prefixes = rules.filter(({ path }) => path.endsWith('/*'));
  return (method, path) => {
    // `*` is no character of a path, so a rule with a rest is never found by its own text.
    const rule =
      exact.get(`${method} ${path}`) ??
      prefixes.find((prefix) => prefix.method === method && path.startsWith(prefix.path.slice(0, -1)));
    if (!rule) throw new BrokerClientError('blocked', 'method and path do not match any accept rule');
    return rule;
  };
}
