import { github } from './github.ts';
import { testSender } from './sender.conformance.ts';
import { digest, child, image, hmac } from './testing-samples.ts';

const githubPackage = {
  name: 'app',
  namespace: 'Team',
  ecosystem: 'CONTAINER',
  package_type: 'CONTAINER',
  updated_at: '2024-01-02T03:04:05Z',
  package_version: {
    version: digest,
    package_url: 'ghcr.io/Team/app:1.0',
    container_metadata: { tag: { name: '1.0', digest }, labels: {} },
  },
};
const githubChild = {
  ...githubPackage,
  package_version: {
    version: child,
    package_url: 'ghcr.io/Team/app:',
    container_metadata: { tag: { name: '', digest: '' } },
  },
};
testSender(github, {
  pushes: [
    {
      name: 'a package event',
      headers: { 'x-github-event': 'package', 'x-github-delivery': '1' },
      body: { action: 'published', package: githubPackage },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
    {
      name: 'a registry_package event',
      headers: { 'x-github-event': 'registry_package' },
      body: { action: 'updated', registry_package: { ...githubPackage, package_type: 'docker' } },
      says: [{ ...image, digest, pushedAt: '2024-01-02T03:04:05.000Z' }],
    },
  ],
  others: [
    { headers: { 'x-github-event': 'ping' }, body: { zen: 'Keep it logically awesome.', hook_id: 1 } },
    { headers: { 'x-github-event': 'package' }, body: { action: 'published', package: githubChild } },
    {
      headers: { 'x-github-event': 'package' },
      body: { action: 'published', package: { ...githubPackage, package_type: 'npm' } },
    },
  ],
  signings: [(bytes, secret) => ({ 'x-hub-signature-256': `sha256=${hmac('sha256', bytes, secret)}` })],
});
