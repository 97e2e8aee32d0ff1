/**
 * Which packages the peer names, `KIND name@version`, that our purls do not have. The kinds name packages alike but for
 * these: `deb` puts the source package before the name, `gomodules` names the packages of a module.
 */
export function missedPackages(peer: readonly string[], purls: readonly string[]): string[] {
  const ours = new Map<string, Set<string>>();
  for (const purl of purls) {
    const [, type = '', path = '', version = ''] = /^pkg:([^/]+)\/([^@?]+)(?:@([^?]+))?/.exec(purl) ?? [];
    const names = path.split('/').map(decodeURIComponent);
    const key = `${type} ${decodeURIComponent(version)}`;
    const name = type === 'deb' ? names.at(-1)! : names.join(type === 'maven' ? ':' : '/');
    ours.set(key, (ours.get(key) ?? new Set()).add(name));
  }
  return peer.filter((line) => {
    const [, kind = '', name = '', version = ''] = /^(\S+) (.+)@([^@]+)$/.exec(line) ?? [];
    const type = types[kind] ?? kind;
    const names = ours.get(`${type} ${versionOf(type, version)}`);
    if (type === 'golang') return ![...(names ?? [])].some((ours) => `${name}/`.startsWith(`${ours}/`));
    return !names?.has(type === 'deb' ? name.slice(name.indexOf('/') + 1) : name);
  });
}

/** Names of the peer's kinds that differ from the types of purls. */
const types: Readonly<Record<string, string>> = {
  pnpm: 'npm',
  yarn: 'npm',
  gomodules: 'golang',
  pip: 'pypi',
  poetry: 'pypi',
  rpm: 'rpm',
};

/** In purls of rpm the epoch stands apart from the version. */
function versionOf(type: string, version: string): string {
  return type === 'rpm' ? version.replace(/^\d+:/, '') : version;
}
