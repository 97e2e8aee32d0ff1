import { dockerHub } from './docker-hub.ts';
import { testSender } from './sender.conformance.ts';

testSender(dockerHub, {
  pushes: [
    {
      name: 'a push',
      body: {
        callback_url: 'https://registry.hub.docker.com/u/acme/web/hook/x/',
        push_data: { pushed_at: 1704164645.5, pusher: 'ci', tag: '1.0' },
        repository: { repo_name: 'acme/web', namespace: 'acme', name: 'web', is_private: true },
      },
      says: [{ repository: 'acme/web', tag: '1.0', pushedAt: '2024-01-02T03:04:05.500Z' }],
    },
  ],
  others: [{ body: { push_data: {}, repository: { repo_name: 'acme/web' } } }],
  signings: [],
});
