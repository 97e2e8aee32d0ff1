import type { Inventory, InventoryPackage } from '@plimsoll/contracts';

/** A fact that a format has no field for, under a name of our own: `plimsoll:layer`. */
export type NamedFact = readonly [name: string, value: string];

/** What is known of a package beside its name, version and purl. */
export function packageFacts(found: InventoryPackage): NamedFact[] {
  const { layer, evidence, arch, sourceName, sourceVersion, origin, ownedBy, nestedIn, removedIn } = found;
  return [
    ...named({ layer, evidence, arch, sourceName, sourceVersion, origin, ownedBy, nestedIn, removedIn }),
    ...(found.alsoOwnedBy ?? []).flatMap((alsoOwnedBy) => named({ alsoOwnedBy })),
    ...(found.claimedBy ?? []).flatMap((claimedBy) => named({ claimedBy })),
  ];
}

/** What is known of the image as a whole: platform, layers lowest first, and what could not be read. */
export function imageFacts({
  platform,
  os,
  layers,
  config,
  annotations = {},
  baseImage = {},
  sboms = [],
  warnings,
}: Inventory): NamedFact[] {
  return [
    ...named({ platform, os: os?.prettyName ?? os?.id, created: config.created, user: config.user }),
    ...named({ ...baseImage }, 'baseImage:'),
    ...named(
      {
        entrypoint: config.entrypoint && JSON.stringify(config.entrypoint),
        cmd: config.cmd && JSON.stringify(config.cmd),
        exposedPorts: config.exposedPorts?.join(' '),
      },
      'config:',
    ),
    ...named(config.labels ?? {}, 'label:'),
    ...sboms.flatMap(({ source, path, digest, format, trust }) =>
      named({ sbom: [path ?? digest, format, source, trust].join(', ') }),
    ),
    ...(os?.contentSets ?? []).flatMap((contentSet) => named({ contentSet })),
    ...named(annotations, 'annotation:'),
    ...layers.flatMap(({ digest, diffId, sizeBytes, createdBy }, index) =>
      named({ digest, diffId, sizeBytes: String(sizeBytes), createdBy }, `layer:${index + 1}:`),
    ),
    ...warnings.flatMap(({ code, message, layer, path }) =>
      named({ warning: [`${code}: ${message}`, path, layer].filter(Boolean).join(', ') }),
    ),
  ];
}

function named(values: Readonly<Record<string, string | undefined>>, prefix = ''): NamedFact[] {
  return Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [[`plimsoll:${prefix}${name}`, value] as const],
  );
}
