import type { ScanWarning } from '@plimsoll/contracts';

/** What a scan could not read, from a closed list: the codes of `Inventory.warnings`. */
export const warningCodes = {
  'layer-unsupported': 'the layer is of a media type or compression that is not read, or lives elsewhere',
  'layer-corrupt': 'decompression or the tar archive is broken; what came before the break was read',
  'layer-truncated': 'the layer ends in the middle; what came before was read',
  'layer-too-large': 'the layer unpacks to more than a layer may; what came before the limit was read',
  'layer-too-many-entries': 'the layer holds more entries than a layer may; the first ones were read',
  'layer-too-many-facts': 'the layer names more packages and files than are kept; the first ones were',
  'layer-out-of-memory': 'reading the layer took more memory than a layer may; nothing of it was kept',
  'path-too-long': 'entries with longer paths than a Linux system can hold were passed over',
  'path-outside': 'entries with names that lead out of the image were read where a container would see them',
  'file-repeated':
    'a layer holds a package database or manifest twice, with different content; the later one counts',
  'file-too-large': 'a package database or manifest is larger than its analyzer reads',
  'file-unreadable': 'a package database or manifest does not follow its format',
  'file-unsupported': 'a package database or manifest is stored as a sparse file, or is a device',
  'link-unresolved': 'a package database is a link whose target was not found',
  'sbom-unreadable': 'what is attached to the image as its SBOM could not be read',
  'inventory-cut': 'the image holds more packages, places or warnings than an inventory may list',
} as const;
export type WarningCode = keyof typeof warningCodes;

/** A warning with its code checked; it fits the contract's `ScanWarning`. */
export type Warning = ScanWarning & { readonly code: WarningCode };
