import { AdvisoriesError, readVexDocument } from '@plimsoll/advisories';
import { documentOf, pageOf, PageQuery, VexDocument, VexDocumentRequest } from '@plimsoll/contracts';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  findVexDocument,
  listVexDocuments,
  putVexDocument,
  readVexText,
  removeVexDocuments,
  type VexDocumentRow,
} from '../advisories/index.ts';
import { noteChange } from '../audit/index.ts';
import { ApiProblem, notFound } from '../http/api-problem.ts';
import { authorize } from '../http/authorize.ts';
import { readPosition } from '../http/cursor.ts';
import { documentFor, pageFor } from '../http/documents.ts';
import { requestVex } from './vex-job.ts';
import type { TriageDeps } from './triage-deps.ts';

const OrgParams = z.object({ org_id: z.uuid() });
const DocumentParams = OrgParams.extend({ vex_document_id: z.coerce.number().int().min(1).max(0x7fffffff) });
const path = '/rest/orgs/:org_id/vex_documents';

/** The largest document that is taken. Those of whole distributions are read from a folder or an address instead. */
const maxDocumentBytes = 16 * 1024 * 1024;

/** VEX documents that an organization was given, in force for it alone. */
export function vexDocumentRoutes(deps: TriageDeps): FastifyPluginAsync {
  const { db, jobs } = deps;
  const rowOf = async ({ org_id: orgId, vex_document_id: id }: z.infer<typeof DocumentParams>) => {
    const row = await findVexDocument(db, orgId, id);
    if (!row) throw notFound('The VEX document');
    return row;
  };

  // oxlint-disable-next-line require-await -- a plugin is a promise
  return async (app) => {
    const api = app.withTypeProvider<ZodTypeProvider>();

    api.get(
      path,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'VEX documents',
          params: OrgParams,
          querystring: PageQuery,
          response: { 200: pageOf(VexDocument) },
        },
      },
      async (request) => {
        const { org_id: orgId } = request.params;
        const list = ['vex_documents', orgId];
        const page = await listVexDocuments(
          db,
          orgId,
          readPosition(request.query, list),
          request.query.limit,
        );
        const keyOf = (row: VexDocumentRow) => [row.id];
        return pageFor(request, list, page, keyOf, (row) => resourceOf(row));
      },
    );

    api.post(
      path,
      {
        bodyLimit: maxDocumentBytes,
        preHandler: authorize('org.project.ignore.create'),
        config: { audit: 'org.vex_document.create' },
        schema: {
          summary: 'Import a VEX document (OpenVEX, CycloneDX, CSAF) in place of its earlier version',
          params: OrgParams,
          body: VexDocumentRequest,
          response: { 201: documentOf(VexDocument) },
        },
      },
      async (request, reply) => {
        const { org_id: orgId } = request.params;
        const { name, document } = request.body.data.attributes;
        const { vex, faults, bytes } = await readGiven(name, document);
        const id = await db.transaction().execute(async (transaction) => {
          const put = await putVexDocument(transaction, { ...vex, name, document: bytes, orgId });
          if (put.isOlder) {
            throw new ApiProblem('conflict', `A newer version of ${vex.id} is known already`);
          }
          await requestVex(jobs, put.vulnerabilities, transaction);
          await noteChange(transaction, request, {
            resource: { type: 'vex_document', id: String(put.id), name },
            after: { document_id: vex.id, version: vex.version, statements: vex.statements.length },
          });
          return put.id;
        });
        const row = await rowOf({ org_id: orgId, vex_document_id: id });
        const self = `/rest/orgs/${orgId}/vex_documents/${id}`;
        const skipped = faults.slice(0, 20).map((fault) => `${fault.name}: ${fault.reason}`);
        return await reply.code(201).send(documentFor(request, resourceOf(row, skipped), self));
      },
    );

    api.get(
      `${path}/:vex_document_id`,
      {
        preHandler: authorize('org.project.ignore.read'),
        schema: {
          summary: 'One VEX document, as it was given',
          params: DocumentParams,
          response: { 200: documentOf(VexDocument) },
        },
      },
      async (request) => {
        const row = await rowOf(request.params);
        const resource = resourceOf(row);
        const document = JSON.parse((await readVexText(db, row.id)).toString('utf8')) as Record<
          string,
          unknown
        >;
        return documentFor(request, { ...resource, attributes: { ...resource.attributes, document } });
      },
    );

    api.delete(
      `${path}/:vex_document_id`,
      {
        preHandler: authorize('org.project.ignore.delete'),
        config: { audit: 'org.vex_document.delete' },
        schema: {
          summary: 'Forget a VEX document',
          params: DocumentParams,
          response: { 204: z.undefined() },
        },
      },
      async (request, reply) => {
        const row = await rowOf(request.params);
        await db.transaction().execute(async (transaction) => {
          await requestVex(jobs, await removeVexDocuments(transaction, [row.id]), transaction);
          await noteChange(transaction, request, {
            resource: { type: 'vex_document', id: String(row.id), name: row.name },
            before: { document_id: row.document_id, version: row.version },
          });
        });
        return await reply.code(204).send();
      },
    );
  };
}

async function readGiven(name: string, document: object) {
  const bytes = Buffer.from(JSON.stringify(document));
  try {
    return { ...(await readVexDocument(name, bytes)), bytes };
  } catch (error) {
    if (!(error instanceof AdvisoriesError)) throw error;
    const source = { pointer: '/data/attributes/document' };
    throw new ApiProblem('invalid', error.message, { source, cause: error });
  }
}

function resourceOf(row: VexDocumentRow, skipped?: string[]): VexDocument {
  return {
    id: String(row.id),
    type: 'vex_document',
    attributes: {
      name: row.name,
      format: row.format as VexDocument['attributes']['format'],
      document_id: row.document_id,
      version: row.version,
      author: row.author,
      ...(row.issued_at && { issued_at: row.issued_at.toISOString() }),
      imported_at: row.imported_at.toISOString(),
      statements: row.statements,
      ...(skipped && { skipped }),
    },
  };
}
