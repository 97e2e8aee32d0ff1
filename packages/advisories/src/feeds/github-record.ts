import { asList, asObject, maxIdLength, textOf, type Json } from '../json-fields.ts';

/** GitHub's names of ecosystems, and OSV's. */
const ecosystems: Readonly<Record<string, string>> = {
  actions: 'GitHub Actions',
  composer: 'Packagist',
  erlang: 'Hex',
  go: 'Go',
  maven: 'Maven',
  npm: 'npm',
  nuget: 'NuGet',
  pip: 'PyPI',
  pub: 'Pub',
  rubygems: 'RubyGems',
  rust: 'crates.io',
  swift: 'SwiftURL',
};

/** Writes a global advisory of GitHub's REST API as an OSV record; members that are missing stay so. */
export function osvOfGithub(record: Json): Json {
  const { cvss_v3: v3, cvss_v4: v4 } = asObject(record['cvss_severities']);
  const vectors = [
    { type: 'CVSS_V4', score: asObject(v4)['vector_string'] },
    { type: 'CVSS_V3', score: asObject(v3)['vector_string'] ?? asObject(record['cvss'])['vector_string'] },
  ];
  return {
    id: record['ghsa_id'],
    modified: record['updated_at'],
    published: record['published_at'],
    ...(record['withdrawn_at'] ? { withdrawn: record['withdrawn_at'] } : {}),
    aliases: record['cve_id'] ? [record['cve_id']] : [],
    summary: record['summary'],
    details: record['description'],
    severity: vectors.filter(({ score }) => score),
    affected: asList(record['vulnerabilities']).map((one) => affectedOf(asObject(one))),
    references: asList(record['references']).map((url) => ({ type: 'WEB', url })),
    database_specific: {
      severity: typeof record['severity'] === 'string' ? record['severity'].toUpperCase() : undefined,
      cwe_ids: asList(record['cwes']).map((cwe) => asObject(cwe)['cwe_id']),
    },
  };
}

function affectedOf(vulnerability: Json): Json {
  const { ecosystem, name } = asObject(vulnerability['package']);
  const known = typeof ecosystem === 'string' ? ecosystems[ecosystem.toLowerCase()] : undefined;
  const patched = vulnerability['first_patched_version'];
  const fixed = typeof patched === 'string' ? patched : asObject(patched)['identifier'];
  return {
    package: { ecosystem: known ?? ecosystem, name },
    ...rangeOf(textOf(vulnerability['vulnerable_version_range'], maxIdLength) ?? '', fixed),
  };
}

/** `>= 1.0, < 1.2`, `<= 1.1` or `= 1.0`. After `<=` the first patched version ends the range, when there is one. */
function rangeOf(range: string, fixed: unknown): Json {
  const bounds = range.split(',').flatMap((part) => {
    const [, sign, version] = /^\s*(<=|>=|<|>|=)\s*(\S+)\s*$/.exec(part) ?? [];
    return sign && version ? [{ sign, version }] : [];
  });
  const end = bounds.find(({ sign }) => sign.startsWith('<'));
  const start = bounds.find(({ sign }) => sign.startsWith('>'));
  if (!end && !start) return { versions: bounds.map(({ version }) => version) };
  const closing =
    end?.sign === '<'
      ? { fixed: end.version }
      : fixed
        ? { fixed }
        : end
          ? { last_affected: end.version }
          : undefined;
  // OSV has no open start: the version after which it begins is taken in, rather too much than too little.
  const events = [{ introduced: start?.version ?? '0' }, ...(closing ? [closing] : [])];
  return { ranges: [{ type: 'ECOSYSTEM', events }] };
}
