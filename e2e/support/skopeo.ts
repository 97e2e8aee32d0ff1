import type { DockerRegistry } from './docker-registry.ts';
import { runProgram } from './programs.ts';

type Credentials = { readonly username: string; readonly password: string };

/** Pushes one image of an OCI layout folder, all its platforms, to `repository:tag` of a registry. */
export async function pushImage(
  layout: { readonly dir: string; readonly name: string },
  registry: DockerRegistry,
  destination: string,
  credentials?: Credentials,
): Promise<void> {
  await runProgram('skopeo', [
    ...'--insecure-policy copy --quiet --all --dest-tls-verify=false'.split(' '),
    ...(credentials ? ['--dest-creds', `${credentials.username}:${credentials.password}`] : []),
    `oci:${layout.dir}:${layout.name}`,
    `docker://${registry.host}/${destination}`,
  ]);
}

/** What skopeo reads: `list-tags` of a repository, `inspect` of an image, `inspect --raw` .. parsed from JSON. */
export async function skopeoJson(
  command: readonly string[],
  registry: Pick<DockerRegistry, 'host'>,
  name: string,
  credentials?: Credentials,
): Promise<unknown> {
  const text = await runProgram('skopeo', [
    ...command,
    '--tls-verify=false',
    ...(credentials ? ['--creds', `${credentials.username}:${credentials.password}`] : []),
    `docker://${registry.host}/${name}`,
  ]);
  return JSON.parse(text);
}
