import { booleanVariable, parseConfig } from '@plimsoll/runtime';
import { z } from 'zod';
import { acceptedRoutes } from './accepted-routes.ts';
import { allowList } from './allow-list.ts';
import { BrokerClientError } from './broker-client-error.ts';
import { readTarget } from './request-target.ts';

export type Explanation = { readonly isAllowed: boolean; readonly text: string };

/** What decides about requests; the rest of the environment need not be there. */
const AcceptVariables = z.object({
  ACCEPT: z.string().optional(),
  ACCEPT_UNSAFE: booleanVariable.default(false),
});

/**
 * Says which rule lets a request through, or why none does.
 * @param asked method and path as in `GET /list/team/app`.
 * @throws {ConfigError} when the file of `ACCEPT` cannot be used.
 */
export function explainRequest(
  environment: Readonly<Record<string, string | undefined>>,
  asked: string,
): Explanation {
  const routes = acceptedRoutes(parseConfig(AcceptVariables, environment));
  const [method = '', target = ''] = asked.trim().split(/\s+/);
  const sides = [
    explainSide('from the platform to the agent', routes.inwards, method.toUpperCase(), target),
    explainSide('from the agent to the platform', routes.outwards, method.toUpperCase(), target),
  ];
  return {
    isAllowed: sides.some(({ isAllowed }) => isAllowed),
    text: sides.map(({ text }) => text).join('\n'),
  };
}

type Rule = { readonly method: string; readonly path: string };

function explainSide(direction: string, rules: readonly Rule[], method: string, target: string): Explanation {
  try {
    const { path } = readTarget(target);
    const rule = find(rules, method, path);
    if (rule) {
      return { isAllowed: true, text: `${direction}: let through by the rule ${rule.method} ${rule.path}` };
    }
    const others = [...new Set(rules.map((other) => other.method))].filter((other) =>
      find(rules, other, path),
    );
    const why =
      others.length > 0
        ? `the path may be asked for with ${others.join(', ')}, not with ${method}`
        : `no rule has the path ${path}`;
    return { isAllowed: false, text: `${direction}: blocked, ${why}` };
  } catch (error) {
    if (!(error instanceof BrokerClientError)) throw error;
    return { isAllowed: false, text: `${direction}: blocked, ${error.message}` };
  }
}

function find(rules: readonly Rule[], method: string, path: string): Rule | undefined {
  try {
    return allowList(rules)(method, path);
  } catch {
    return undefined;
  }
}
