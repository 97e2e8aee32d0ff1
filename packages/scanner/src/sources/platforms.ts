import { Platform } from '@plimsoll/contracts';
import { z } from 'zod';
import { ScannerError } from '../scanner-error.ts';

type PlatformFields = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
};

const defaultPlatform = 'linux/amd64';

/** Whether a platform is the one asked for; a variant counts only when it was asked for. */
export function matchesPlatform(fields: PlatformFields, wanted: string = defaultPlatform): boolean {
  const [os, architecture, variant] = wanted.split('/');
  return (
    fields.os === os &&
    fields.architecture === architecture &&
    (variant === undefined || fields.variant === undefined || fields.variant === variant)
  );
}

/** Writes a platform as it is asked for. */
export function platformName({ os, architecture, variant }: PlatformFields): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

const ConfigPlatform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional().catch(undefined),
});

/** The platform that an image config states (OCI image-spec, config.md). */
export function configPlatform(config: unknown): string {
  const fields = ConfigPlatform.safeParse(config).data;
  const written = fields && platformName(fields);
  const parsed = Platform.safeParse(written);
  if (!parsed.success) throw new ScannerError('invalid-image', 'The image config names no platform');
  return parsed.data;
}
