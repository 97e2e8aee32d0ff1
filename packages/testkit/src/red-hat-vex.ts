/** A document in the shape in which Red Hat publishes what it knows of a CVE; own contents. */
export function redHatVex({ fixed = false, at = '2026-01-02T00:00:00+00:00' } = {}) {
  const rhel = (major: number, more = '') => ({
    category: 'product_name',
    name: `Red Hat Enterprise Linux ${major}`,
    product: {
      name: `Red Hat Enterprise Linux ${major}`,
      product_id: `red_hat_enterprise_linux_${major}${more && `.${more}`}`,
      product_identification_helper: { cpe: `cpe:/o:redhat:enterprise_linux:${major}${more && `::${more}`}` },
    },
  });
  const component = (id: string, purl: string) => ({
    category: 'product_version',
    name: id,
    product: { name: id, product_id: id, product_identification_helper: { purl } },
  });
  const inside = (product: string, id: string) => ({
    category: 'default_component_of',
    full_product_name: { name: `${id} as a component of ${product}`, product_id: `${product}:${id}` },
    product_reference: id,
    relates_to_product_reference: product,
  });
  const fixedTar = 'tar-2:1.34-9.el9.x86_64';
  return {
    document: {
      aggregate_severity: {
        namespace: 'https://access.redhat.com/security/updates/classification/',
        text: 'moderate',
      },
      category: 'csaf_vex',
      csaf_version: '2.0',
      publisher: {
        category: 'vendor',
        name: 'Red Hat Product Security',
        namespace: 'https://www.redhat.com',
      },
      title: 'tar: writes outside of its folder',
      tracking: {
        current_release_date: at,
        id: 'CVE-2026-0001',
        initial_release_date: '2026-01-01T00:00:00+00:00',
        status: 'final',
        version: '3',
      },
    },
    product_tree: {
      branches: [
        {
          category: 'vendor',
          name: 'Red Hat',
          branches: [
            {
              category: 'product_family',
              name: 'Red Hat Enterprise Linux',
              branches: [
                rhel(6),
                rhel(7),
                rhel(8),
                rhel(9),
                rhel(9, 'baseos'),
                {
                  category: 'product_name',
                  name: 'Red Hat OpenShift 4',
                  product: {
                    product_id: 'red_hat_openshift_4',
                    product_identification_helper: { cpe: 'cpe:/a:redhat:openshift:4' },
                  },
                },
              ],
            },
            component('tar', 'pkg:rpm/redhat/tar?arch=src'),
            component('nodejs:18/nodejs', 'pkg:rpm/redhat/nodejs?arch=src&rpmmod=nodejs:18'),
            component(fixedTar, 'pkg:rpm/redhat/tar@1.34-9.el9?arch=x86_64&epoch=2'),
          ],
        },
      ],
      relationships: [
        ...[6, 7, 8, 9].map((major) => inside(`red_hat_enterprise_linux_${major}`, 'tar')),
        inside('red_hat_enterprise_linux_8', 'nodejs:18/nodejs'),
        inside('red_hat_openshift_4', 'tar'),
        inside('red_hat_enterprise_linux_9.baseos', fixedTar),
      ],
    },
    vulnerabilities: [
      {
        cve: 'CVE-2026-0001',
        cwe: { id: 'CWE-22', name: 'Path Traversal' },
        notes: [
          { category: 'description', text: 'A flaw was found in tar.', title: 'Vulnerability description' },
        ],
        product_status: {
          ...(fixed && { fixed: [`red_hat_enterprise_linux_9.baseos:${fixedTar}`] }),
          known_affected: [
            'red_hat_enterprise_linux_6:tar',
            'red_hat_enterprise_linux_7:tar',
            'red_hat_enterprise_linux_8:nodejs:18/nodejs',
            ...(fixed ? [] : ['red_hat_enterprise_linux_9:tar']),
            'red_hat_openshift_4:tar',
          ],
          known_not_affected: ['red_hat_enterprise_linux_8:tar'],
        },
        references: [
          {
            category: 'self',
            summary: 'canonical',
            url: 'https://access.redhat.com/security/cve/CVE-2026-0001',
          },
        ],
        release_date: '2026-01-01T12:00:00+00:00',
        remediations: [
          {
            category: 'workaround',
            details: 'Extract in an empty folder.',
            product_ids: ['red_hat_enterprise_linux_9:tar'],
          },
          {
            category: 'none_available',
            details: 'Affected',
            product_ids: ['red_hat_enterprise_linux_9:tar', 'red_hat_openshift_4:tar'],
          },
          {
            category: 'none_available',
            details: 'Fix deferred',
            product_ids: ['red_hat_enterprise_linux_8:nodejs:18/nodejs'],
          },
          {
            category: 'no_fix_planned',
            details: 'Out of support scope',
            product_ids: ['red_hat_enterprise_linux_6:tar'],
          },
          {
            category: 'no_fix_planned',
            details: 'Will not fix',
            product_ids: ['red_hat_enterprise_linux_7:tar'],
          },
        ],
        scores: [
          {
            cvss_v3: {
              baseScore: 5.5,
              baseSeverity: 'MEDIUM',
              vectorString: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N',
              version: '3.1',
            },
            products: ['red_hat_enterprise_linux_7:tar', 'red_hat_enterprise_linux_9:tar'],
          },
        ],
        threats: [
          { category: 'impact', details: 'Moderate', product_ids: ['red_hat_enterprise_linux_9:tar'] },
          { category: 'impact', details: 'Low', product_ids: ['red_hat_enterprise_linux_7:tar'] },
        ],
        title: 'tar: writes outside of its folder',
      },
    ],
  };
}
