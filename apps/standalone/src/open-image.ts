import { existsSync, readFileSync } from 'node:fs';
import { Platform, Reference, RegistryType, RepositoryName, type Inventory } from '@plimsoll/contracts';
import { openRegistry, RegistryError } from '@plimsoll/registry';
import { exitCodes } from '@plimsoll/runtime';
import {
  openAllPlatforms,
  openImageSource,
  registrySource,
  scanImage,
  ScannerError,
  type ImageSource,
} from '@plimsoll/scanner';
import { CommandError, UsageError } from './command.ts';

export type ImageOptions = {
  /** `os/architecture[/variant]`, or `all`. */
  readonly platform: string | undefined;
  readonly type: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly insecureHttp: boolean;
  readonly caCert: string | undefined;
  readonly allLayers: boolean;
  readonly wholeLayers: boolean;
  readonly attachedSboms: boolean;
};

/** What a person may type for an image: a place on disk, or a name in a registry. */
export type ImageName =
  | { readonly kind: 'disk'; readonly path: string; readonly reference: string | undefined }
  | {
      readonly kind: 'registry';
      readonly host: string;
      readonly repository: string;
      readonly reference: string;
    };

/**
 * Reads an image's name.
 * @throws {UsageError} when it is none.
 */
export function readImageName(text: string, exists = existsSync): ImageName {
  const onDisk = /^(?:oci|oci-archive|docker-archive):(.+)$/.exec(text)?.[1];
  if (onDisk !== undefined) {
    const [, inputReference] = /^-(?::(.+))?$/.exec(onDisk) ?? [];
    if (onDisk === '-' || inputReference !== undefined) {
      return { kind: 'disk', path: '-', reference: inputReference };
    }
    // Colons can belong to the path or to the reference: the path is what exists.
    const colon = [...onDisk.matchAll(/:/g)]
      .map((match) => match.index)
      .find((at) => exists(onDisk.slice(0, at)));
    return colon === undefined || exists(onDisk)
      ? { kind: 'disk', path: onDisk, reference: undefined }
      : { kind: 'disk', path: onDisk.slice(0, colon), reference: onDisk.slice(colon + 1) };
  }
  if (text === '-' || exists(text)) return { kind: 'disk', path: text, reference: undefined };

  const parts = /^([^/]+)\/([^@]+?)(?:@(sha256:[a-f0-9]{64})|:([\w][\w.-]*))?$/.exec(
    text.replace(/^https?:\/\//, ''),
  );
  const [, host = '', repository = '', digest, tag] = parts ?? [];
  const isHost = /[.:]/.test(host) || host === 'localhost';
  if (!parts || !isHost || !RepositoryName.safeParse(repository).success) {
    throw new UsageError(
      `"${text}" is neither a file nor a folder here, nor an image in a registry like registry.example.com/team/app:1.0`,
    );
  }
  return { kind: 'registry', host, repository, reference: Reference.parse(digest ?? tag ?? 'latest') };
}

/** What `--platform` says for every platform that an image has. */
export const allPlatforms = 'all';

/**
 * Reads an image wherever it is and tells what is in it: one inventory, or one for each platform when all are asked for.
 * @throws {CommandError} with the reason and the exit code of it.
 */
export async function* openImage(
  text: string,
  options: ImageOptions,
  signal: AbortSignal,
): AsyncGenerator<Inventory> {
  const name = readImageName(text);
  const platform = readPlatform(options.platform);
  try {
    const sources =
      name.kind === 'disk'
        ? diskSources(name, platform, signal)
        : registrySources(name, platform, text, options, signal);
    for await (const source of sources) {
      const { allLayers, attachedSboms } = options;
      const reading = { allLayers, attachedSboms, byContents: !options.wholeLayers };
      yield await scanImage(source, reading, signal);
    }
  } catch (error) {
    throw commandErrorOf(error);
  }
}

async function* diskSources(
  { path, reference }: ImageName & { kind: 'disk' },
  platform: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<ImageSource> {
  const sources =
    platform === allPlatforms
      ? await openAllPlatforms(path, { reference }, signal)
      : [await openImageSource(path, { reference, platform }, signal)];
  try {
    yield* sources;
  } finally {
    for (const source of sources) await source.close?.();
  }
}

async function* registrySources(
  { host, repository, reference }: ImageName & { kind: 'registry' },
  platform: string | undefined,
  text: string,
  options: ImageOptions,
  signal: AbortSignal,
): AsyncGenerator<ImageSource> {
  const registry = openRegistry(
    {
      type: readType(options.type),
      registryBase: text.startsWith('http://') ? `http://${host}` : host,
      insecureHttp: options.insecureHttp,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
    },
    options.caCert === undefined ? {} : { ca: [readFileSync(options.caCert, 'utf8')] },
  );
  try {
    if (platform !== allPlatforms) {
      yield registrySource(
        registry,
        repository,
        await registry.readImage(repository, reference, platform, signal),
      );
      return;
    }
    const { images } = await registry.describeImage(repository, reference, signal);
    for (const image of images) {
      const read = await registry.readImage(repository, image.digest, image.platform, signal);
      yield registrySource(registry, repository, read);
    }
  } finally {
    await registry.close();
  }
}

function readType(text: string): RegistryType {
  const parsed = RegistryType.safeParse(text);
  if (!parsed.success) throw new UsageError(`--type ${text} is not a kind of registry.`);
  return parsed.data;
}

function readPlatform(text: string | undefined): Platform | undefined {
  if (text === undefined || text === allPlatforms) return text;
  const parsed = Platform.safeParse(text);
  if (!parsed.success)
    throw new UsageError(`--platform ${text} is not a platform like linux/arm64, nor all.`);
  return parsed.data;
}

function commandErrorOf(error: unknown): unknown {
  // A scan that fails because its source fails carries the source's error as the cause.
  const cause = error instanceof ScannerError && error.code === 'source' ? (error.cause ?? error) : error;
  if (cause instanceof RegistryError) {
    return new CommandError(exitCodeOf(cause), cause.message, { cause: error });
  }
  if (cause instanceof ScannerError)
    return new CommandError(exitCodes.failure, cause.message, { cause: error });
  return error;
}

function exitCodeOf({ code }: RegistryError): number {
  if (code === 'unauthorized') return exitCodes.refused;
  return ['unavailable', 'timeout', 'tls', 'rate-limited', 'not-a-registry'].includes(code)
    ? exitCodes.unavailable
    : exitCodes.failure;
}
