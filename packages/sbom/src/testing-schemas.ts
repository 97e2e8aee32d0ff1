import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';

const require = createRequire(import.meta.url);
const schemas = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema');
const readSchema = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;

/** For tests: what the official schema of a format finds wrong with a document; null when nothing. */
export function schemaErrors(format: string, text: string): unknown {
  // `cyclonedx1.5-json`; without a number it is the newest that is written.
  const version = /^cyclonedx(\d\.\d)-/.exec(format)?.[1] ?? '1.6';
  if (format.endsWith('-xml')) return xmlErrors(text, join(schemas, `bom-${version}.SNAPSHOT.xsd`));
  const validate = compiled.get(format) ?? (format === 'spdx-json' ? spdx() : cyclonedx(version));
  compiled.set(format, validate);
  validate(JSON.parse(text));
  return validate.errors ?? null;
}

/** Compiling a schema takes a second. */
const compiled = new Map<string, ReturnType<typeof validator>>();

/** For tests: whether XML can be validated here; says what is missing when not. */
export function hasXmllint(): boolean {
  try {
    execFileSync('xmllint', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('xmllint is missing (apt-get install libxml2-utils): CycloneDX XML is not validated');
    return false;
  }
}

function cyclonedx(version: string) {
  return validator(new Ajv({ strict: false }), join(schemas, `bom-${version}.SNAPSHOT.schema.json`), [
    'spdx.SNAPSHOT.schema.json',
    'jsf-0.82.SNAPSHOT.schema.json',
  ]);
}

/** SPDX's schema is of draft 2019-09, CycloneDX's of draft 7. */
function spdx() {
  const file = join(import.meta.dirname, '../data/schemas/spdx-2.3.schema.json');
  return validator(new Ajv2019({ strict: false }), file, []);
}

function validator(ajv: Ajv | Ajv2019, schema: string, others: readonly string[]) {
  addFormats.default(ajv);
  // Ajv has no international e-mail addresses and IRIs; none are written.
  for (const name of ['idn-email', 'iri-reference']) ajv.addFormat(name, true);
  for (const name of others) {
    ajv.addSchema(readSchema(join(schemas, name)), `http://cyclonedx.org/schema/${name}`);
  }
  return ajv.compile(readSchema(schema));
}

function xmlErrors(text: string, schema: string): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'cyclonedx-'));
  try {
    const file = join(folder, 'bom.xml');
    writeFileSync(file, text);
    execFileSync('xmllint', ['--nonet', '--noout', '--schema', schema, file], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
