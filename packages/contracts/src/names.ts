import { z } from 'zod';

/** A content digest, `sha256:` and 64 hex digits (OCI image-spec, descriptor.md). */
export const Digest = z.string().regex(/^sha256:[a-f0-9]{64}$/, 'expected sha256: and 64 hex digits');
export type Digest = z.infer<typeof Digest>;

/** A repository name by the grammar of the OCI distribution-spec, at most 255 characters. */
export const RepositoryName = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/,
    'is not a repository name',
  );
export type RepositoryName = z.infer<typeof RepositoryName>;

/** A tag by the grammar of the OCI distribution-spec. */
export const TagName = z.string().regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'is not a tag');
export type TagName = z.infer<typeof TagName>;

/** What a manifest can be asked by: a tag or a digest. */
export const Reference = z.union([Digest, TagName]);
export type Reference = z.infer<typeof Reference>;

/** `os/architecture` or `os/architecture/variant`, for example `linux/amd64` or `linux/arm/v7`. */
export const Platform = z
  .string()
  .regex(/^[a-z0-9]+\/[a-z0-9_]+(?:\/[a-z0-9.]+)?$/, 'is not os/architecture[/variant]');
export type Platform = z.infer<typeof Platform>;

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime({ offset: true });
