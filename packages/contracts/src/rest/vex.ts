import { z } from 'zod';
import { Instant } from '../names.ts';
import { requestOf } from './json-api.ts';

export const vexFormats = ['openvex', 'cyclonedx', 'csaf'] as const;
export const VexFormat = z.enum(vexFormats);
export type VexFormat = z.infer<typeof VexFormat>;

/** What a VEX statement says about an issue. */
export const IssueVex = z.object({
  status: z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']),
  justification: z.string().optional(),
  impact_statement: z.string().optional(),
  action_statement: z.string().optional(),
  /** Purls as written; the component is inside the product. */
  product: z.string(),
  component: z.string().optional(),
  author: z.string(),
  stated_at: Instant,
  document_id: z.string(),
  document_version: z.string(),
  format: z.string(),
});

/** A VEX document that an organization was given. */
export const VexDocument = z.object({
  id: z.string(),
  type: z.literal('vex_document'),
  attributes: z.object({
    name: z.string(),
    format: VexFormat,
    /** The id that it gives itself, and its version. */
    document_id: z.string(),
    version: z.string(),
    author: z.string(),
    issued_at: Instant.optional(),
    imported_at: Instant,
    /** Statements that are stored, one per product. */
    statements: z.number().int(),
    /** Only in the answer to an import: statements that could not be read, and why. */
    skipped: z.array(z.string()).optional(),
    /** Only where one document is shown: as it was given. */
    document: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type VexDocument = z.infer<typeof VexDocument>;

export const VexDocumentRequest = requestOf(
  'vex_document',
  z.object({
    /** Tells it from others with the same id; a file's name. */
    name: z.string().min(1).max(255),
    document: z.record(z.string(), z.unknown()),
  }),
);

/** GET .../vex */
export const VexQuery = z.object({ format: VexFormat.default('openvex') });
