import { quay } from './quay.ts';
import { testSender } from './sender.conformance.ts';
import { image } from './testing-samples.ts';

testSender(quay, {
  pushes: [
    {
      name: 'a push',
      body: {
        repository: 'team/app',
        namespace: 'team',
        name: 'app',
        docker_url: 'quay.io/team/app',
        homepage: 'https://quay.io/repository/team/app',
        updated_tags: ['1.0', '2.0'],
      },
      says: [image, { ...image, tag: '2.0' }],
    },
    {
      name: 'a push of an older server',
      body: { repository: 'team/app', docker_url: 'quay.io/team/app', updated_tags: { '1.0': 'ab12' } },
      says: [image],
    },
  ],
  others: [{ body: { repository: 'team/app', docker_url: 'quay.io/team/app', updated_tags: [] } }],
  signings: [],
});
