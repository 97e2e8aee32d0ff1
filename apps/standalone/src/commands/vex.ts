import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { VexDocument } from '@plimsoll/contracts';
import { exitCodes } from '@plimsoll/runtime';
import { readOptions, UsageError, type Command } from '../command.ts';
import { connectPlatform, orgOf, platformHelp, platformOptions } from '../connect-platform.ts';
import { PlatformError, type PlatformClient } from '../platform-client.ts';
import { printError, printLine, table, visible } from '../terminal.ts';

/** The platform takes no larger one. */
const maxDocumentBytes = 16 * 1024 * 1024;

/** `plimsoll vex`: documents that say what need not be fixed, for the organization of whoever gives them. */
export const vex: Command = {
  help: `Usage: plimsoll vex import [options] FILE..
       plimsoll vex list [options]
       plimsoll vex remove [options] ID..

import  gives OpenVEX, CycloneDX or CSAF documents (JSON, 16 MiB at most) to the organization of the token. A document with the
        same id and file name takes the place of its earlier version; an older one is refused.
list    shows the documents that the organization was given, with their ids.
remove  forgets documents, by the ids that "list" shows; what they hid is shown again.

What statements are about, and when they hide an issue, is in docs/triage.md. Without --url the "plimsoll up" of this
folder is meant.

${platformHelp}

Exit codes: 0 done, 1 a document was not taken (the others were), 4 no platform, 6 the token was refused.`,

  async run(args) {
    const { values, positionals } = readOptions(args, platformOptions);
    const [verb, ...names] = positionals;
    const isKnown = verb === 'list' ? names.length === 0 : verb === 'import' || verb === 'remove';
    if (!isKnown || (verb !== 'list' && names.length === 0)) {
      throw new UsageError('Say "import FILE..", "list" or "remove ID..".');
    }
    const client = await connectPlatform(values);
    const orgId = await orgOf(client);
    if (verb === 'list') return await list(client, orgId);
    const work = verb === 'import' ? importOne : removeOne;
    let failed = 0;
    for (const name of names) {
      try {
        await work(client, orgId, name);
      } catch (error) {
        if (!isOfDocument(error)) throw error;
        failed++;
        printError(`✘ ${visible(name)}: ${visible(error.message)}`);
      }
    }
    return failed > 0 ? exitCodes.failure : exitCodes.ok;
  },
};

/** A document cannot be used; its message says why. */
class DocumentError extends Error {
  override readonly name = 'DocumentError';
}

/** Whether the others may still succeed. */
function isOfDocument(error: unknown): error is Error {
  return (
    error instanceof DocumentError ||
    (error instanceof PlatformError && [400, 403, 404, 409, 413, 422].includes(error.status))
  );
}

async function importOne(client: PlatformClient, orgId: string, path: string): Promise<void> {
  const { attributes } = await client.importVex(orgId, basename(path), readDocument(path));
  printLine(`✔ ${visible(path)}: ${describe(attributes)}`);
  for (const fault of attributes.skipped ?? []) printError(`  ! skipped ${visible(fault)}`);
}

async function removeOne(client: PlatformClient, orgId: string, id: string): Promise<void> {
  await client.deleteVex(orgId, id);
  printLine(`✔ ${visible(id)}: forgotten`);
}

function readDocument(path: string): object {
  let text: string;
  try {
    if (statSync(path).size > maxDocumentBytes)
      throw new Error(`it is larger than ${maxDocumentBytes} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new DocumentError(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document;
  } catch (error) {
    throw new DocumentError(`it is no JSON: ${(error as Error).message}`, { cause: error });
  }
  throw new DocumentError('it is no JSON object');
}

function describe({ format, author, statements }: VexDocument['attributes']): string {
  return `${statements} ${statements === 1 ? 'statement' : 'statements'} (${format}) by ${visible(author)}`;
}

async function list(client: PlatformClient, orgId: string): Promise<number> {
  const documents = await client.vexDocuments(orgId);
  printLine(
    documents.length === 0
      ? 'No VEX documents yet. Import some: plimsoll vex import FILE..'
      : table(
          ['ID', 'NAME', 'FORMAT', 'STATEMENTS', 'AUTHOR', 'ISSUED', 'DOCUMENT'],
          documents.map(({ id, attributes }) => [
            id,
            attributes.name,
            attributes.format,
            attributes.statements,
            attributes.author,
            attributes.issued_at?.slice(0, 10) ?? '',
            attributes.document_id,
          ]),
          [3],
        ),
  );
  return exitCodes.ok;
}
