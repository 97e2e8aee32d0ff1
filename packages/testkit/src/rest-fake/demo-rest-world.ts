import { noIssues } from '@plimsoll/contracts';
import { addRegistry, addSyncRun } from './add-registry.ts';
import { addRepository } from './add-repository.ts';
import { addIssue, addPackage } from './add-results.ts';
import { ago, digestOf, emptyRestWorld, type RestWorld } from './rest-world.ts';

const hour = 3_600_000;

/** A small world with a bit of everything: two registries, failed and running scans, hidden issues, hostile texts. */
export function demoRestWorld(): RestWorld {
  const world = emptyRestWorld();
  const harbor = addRegistry(world, 'Production Harbor');
  const plain = addRegistry(world, 'Build cache', 'oci');
  addSyncRun(world, harbor.id, { finished_at: ago(3.9 * hour) });
  plain.meta = { broker_clients: [], broker_last_seen_at: ago(3 * hour) };

  const { projects } = addRepository(world, harbor, 'shop/web', [
    {
      name: '1.1',
      counts: { critical: 2, high: 11, medium: 34, low: 12, hidden: 40 },
      packages: 145,
      image: {
        other_tags: ['shop/web:latest'],
        pushed_at: ago(5 * hour),
        warnings: ['layer 3: app/node_modules/x/package.json is not JSON'],
      },
    },
    {
      name: 'latest',
      counts: { critical: 2, high: 11, medium: 34, low: 12, hidden: 40 },
      image: { digest: digestOf('shop/web:1.1'), pushed_at: ago(5 * hour), other_tags: ['shop/web:1.1'] },
    },
    {
      name: '1.0',
      counts: { critical: 3, high: 19, medium: 51, low: 12 },
      image: { pushed_at: ago(900 * hour) },
    },
  ]);
  addRepository(world, harbor, 'shop/api', [
    { name: '2024.1', counts: { high: 4, medium: 9, low: 2, unknown: 3 } },
    {
      name: '2024.2',
      image: { scan_status: 'failed', scan_error: 'The image is larger than the limit of 2.1 GB.' },
    },
  ]);
  addRepository(world, harbor, 'library/alpine', [{ name: '3.20', packages: 14 }]);
  addRepository(world, plain, 'build/toolchain', [
    { name: 'nightly', image: { scan_status: 'scanning' } },
    { name: 'stable', image: { scan_status: 'pending' } },
  ]);

  const web = projects[0];
  if (web) {
    addResults(world, web);
    addFixes(world, web);
  }
  world.feeds = [
    ['Debian', 48_211],
    ['Alpine', 12_034],
    ['npm', 188_540],
  ].map(([ecosystem, advisories]) => ({
    id: String(ecosystem),
    type: 'advisory_feed',
    attributes: {
      ecosystem: String(ecosystem),
      advisories: Number(advisories),
      newest_modified: ago(7 * hour),
      imported_at: ago(2 * hour),
      skipped: 0,
    },
  }));
  return world;
}

function addFixes(world: RestWorld, project: RestWorld['projects'][number]): void {
  const [newer] = world.projects.filter(({ attributes }) => attributes.name.startsWith('library/alpine'));
  world.fixes.set(project.id, {
    severity: 'high',
    upgrades: [
      {
        name: 'openssl',
        type: 'deb',
        from: '3.0.9-1',
        to: '3.0.14-1~deb12u1',
        is_source_version: false,
        packages: [
          { name: 'libssl3', version: '3.0.9-1', purl: 'pkg:deb/debian/libssl3@3.0.9-1' },
          { name: 'openssl', version: '3.0.9-1', purl: 'pkg:deb/debian/openssl@3.0.9-1' },
        ],
        introduced_by: { layer_index: 1, instruction: 'RUN apt-get install openssl', in_base_image: false },
        clears: [{ key: 'CVE-2024-5535', severity: 'critical' }],
        leaves: [{ key: 'CVE-2023-99999', severity: 'critical' }],
        brings: [],
      },
    ],
    issues: { now: 14, after: 13 },
    base_image: {
      digest: digestOf('base'),
      names: ['library/debian:12.5'],
      issue_counts: { ...noIssues, high: 4, low: 20 },
      options: newer
        ? [
            {
              project_id: newer.id,
              name: 'library/debian:12.6',
              digest: digestOf('newer base'),
              distance: 'minor',
              pushed_at: ago(30 * hour),
              issue_counts: { ...noIssues, low: 3 },
            },
          ]
        : [],
    },
  });
}

function addResults(world: RestWorld, project: RestWorld['projects'][number]): void {
  const openssl = addPackage(world, project, 'openssl', '3.0.9-1', {
    layer_index: 1,
    source_name: 'openssl',
  });
  addIssue(world, project, openssl, 'CVE-2024-5535', {
    effective_severity_level: 'critical',
    fixedIn: '3.0.14-1~deb12u1',
    title: 'SSL_select_next_proto buffer overread',
    description: [
      '### Impact',
      'Calling `SSL_select_next_proto` with an **empty** list may read past the end of a buffer.',
      '',
      '- memory of the process may be sent to the peer',
      '- the process may crash',
      '',
      'See <https://www.openssl.org/news/secadv/20240627.txt>.',
    ].join('\n'),
    problems: [
      { id: 'CVE-2024-5535', source: 'CVE', url: 'https://nvd.nist.gov/vuln/detail/CVE-2024-5535' },
      { id: 'DSA-5764-1', source: 'Debian' },
    ],
    references: [{ type: 'WEB', url: 'https://www.openssl.org/news/secadv/20240627.txt' }],
  });
  addIssue(world, project, openssl, 'CVE-2023-99999', {
    effective_severity_level: 'critical',
    title: '<img src=x onerror="window.hacked=1"> <script>window.hacked=1</script>',
    description:
      '<script>window.hacked=1</script> [click](javascript:window.hacked=1) ![x](https://evil.example/x.gif)',
    references: [
      { type: 'WEB', url: 'javascript:window.hacked=1' },
      { type: 'WEB', url: 'https://good@evil.example/' },
    ],
  });
  const levels = ['high', 'medium', 'medium', 'low'] as const;
  for (let index = 0; index < 140; index += 1) {
    const found = addPackage(
      world,
      project,
      `lib${String.fromCodePoint(97 + (index % 26))}${index}`,
      `1.${index}-2`,
    );
    if (index % 3 > 0) continue;
    addIssue(world, project, found, `CVE-2024-${10_000 + index}`, {
      effective_severity_level: levels[index % 4] ?? 'low',
      ...(index % 2 === 0 && { fixedIn: `1.${index}-3` }),
    });
    addIssue(world, project, found, `CVE-2011-${1_000 + index}`, {
      effective_severity_level: 'negligible',
      hidden_reason: 'negligible',
    });
  }
  const issues = world.issues.get(project.id) ?? [];
  const counts = { ...noIssues };
  for (const { attributes } of issues) {
    if (attributes.hidden_reason) counts.hidden += 1;
    else counts[attributes.ignored ? 'ignored' : attributes.effective_severity_level] += 1;
  }
  project.meta.latest_issue_counts = counts;
  project.meta.latest_dependency_total = { total: world.packages.get(project.id)?.length ?? 0 };
}
