import { Digest, inventoryLimits, type Inventory } from '@plimsoll/contracts';
import { z } from 'zod';

/** What an inventory takes from an image config. */
export type ConfigFacts = {
  readonly config: Inventory['config'];
  /** Digest of each layer's plain bytes, lowest first; undefined where the config tells no digest. */
  readonly diffIds: readonly (string | undefined)[];
};

/** Most entries of one list of the config; more are cut. */
const maxEntries = 500;

const text = z.string().transform((value) => value.slice(0, inventoryLimits.text));
const texts = z.array(text).transform((list) => list.slice(0, maxEntries));

// Whatever is not of the right form is taken as absent: configs are written by many programs and by hand.
const ImageConfig = z.object({
  created: z.string().max(64).optional().catch(undefined),
  config: z
    .object({
      User: text.optional().catch(undefined),
      Entrypoint: texts.nullish().catch(undefined),
      Cmd: texts.nullish().catch(undefined),
      ExposedPorts: z.record(z.string(), z.unknown()).nullish().catch(undefined),
      Labels: z.record(z.string(), z.unknown()).nullish().catch(undefined),
    })
    .nullish()
    .catch(undefined),
  rootfs: z
    .object({ diff_ids: z.array(z.unknown()) })
    .optional()
    .catch(undefined),
});

/** Reads an image config (OCI image-spec, config.md); never fails. */
export function readImageConfig(document: unknown): ConfigFacts {
  const parsed = ImageConfig.safeParse(document);
  const { created, config, rootfs } = parsed.data ?? {};
  return {
    config: {
      ...(created !== undefined && { created }),
      ...(config?.User && { user: config.User }),
      ...(config?.Entrypoint && { entrypoint: config.Entrypoint }),
      ...(config?.Cmd && { cmd: config.Cmd }),
      ...(config?.ExposedPorts && { exposedPorts: ports(config.ExposedPorts) }),
      ...(config?.Labels && { labels: boundedTexts(config.Labels) }),
    },
    diffIds: (rootfs?.diff_ids ?? []).map((id) => Digest.safeParse(id).data),
  };
}

function ports(value: Record<string, unknown>): string[] {
  return Object.keys(value)
    .filter((port) => port.length <= 64)
    .slice(0, maxEntries);
}

/** Labels or annotations, as many and as long as an inventory takes; what is no text is left out. */
export function boundedTexts(value: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(value)
      .filter((entry): entry is [string, string] => entry[0].length <= 256 && typeof entry[1] === 'string')
      .slice(0, maxEntries)
      .map(([key, text]) => [key, text.slice(0, inventoryLimits.text)]),
  );
}
