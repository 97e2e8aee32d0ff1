import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from './secret.ts';

/** A schema for a variable whose value must not be printed. The variable can also be given as `NAME_FILE`. */
export const secretVariable = z
  .string()
  .min(1)
  .transform((value) => new Secret(value));

/** A schema for yes/no variables: `true`, `1`, `yes`, `on` and their opposites. */
export const booleanVariable = z.stringbool();

/** A schema for a port number. */
export const portVariable = z.coerce.number().int().min(0).max(65_535);

/** A schema for `LOG_LEVEL`. */
export const logLevelVariable = z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info');

/**
 * What `refine` of a schema takes so that two variables are given together or not at all; the fault is put to the second.
 */
export function givenTogether<A extends string, B extends string>(
  first: A,
  second: B,
): [(config: Readonly<Partial<Record<A | B, unknown>>>) => boolean, { path: string[]; error: string }] {
  return [
    (config) => (config[first] === undefined) === (config[second] === undefined),
    { path: [second], error: `goes together with ${first}` },
  ];
}

/** The environment cannot be used: one line per variable, each naming the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly variables: readonly string[];

  constructor(variables: readonly string[], message: string) {
    super(message);
    this.variables = variables;
  }
}

/**
 * Reads the environment by a schema. Empty variables count as absent. `NAME_FILE` names a file that holds the
 * value of `NAME` (a trailing newline is dropped), as container platforms mount secrets.
 * @throws {ConfigError} naming every variable that is missing or wrong; values are never quoted.
 */
export function parseConfig<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<T> {
  const values: Record<string, string> = {};
  const faults: { variable: string; message: string }[] = [];
  for (const name of Object.keys(schema.shape)) {
    const value = environment[name];
    const file = environment[`${name}_FILE`];
    if (value) values[name] = value;
    else if (file) {
      try {
        values[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        faults.push({ variable: `${name}_FILE`, message: `cannot be read: ${(error as Error).message}` });
      }
    }
  }

  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const variable = String(issue.path[0] ?? 'environment');
      const missing = !(variable in values);
      if (missing && faults.some((fault) => fault.variable === `${variable}_FILE`)) continue;
      const isPlainlyMissing = missing && issue.code !== 'custom';
      faults.push({ variable, message: isPlainlyMissing ? 'is missing' : issue.message });
    }
  }
  if (faults.length > 0 || !parsed.success) {
    const lines = faults.map((fault) => `  ${fault.variable}: ${fault.message}`);
    throw new ConfigError(
      faults.map((fault) => fault.variable),
      `The environment cannot be used:\n${lines.join('\n')}`,
    );
  }
  return parsed.data;
}
