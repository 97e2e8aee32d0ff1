export const pathSecret = 'canary-path-secret-0123456789';

export const digestOne = `sha256:${'1'.repeat(64)}`;

/** A notification of docker-registry about `team/app` with this tag. */
export function pushOfTag(tag: string, digest = digestOne): object {
  return {
    events: [
      {
        id: '9a98',
        timestamp: '2024-01-02T03:04:05.363109104Z',
        action: 'push',
        target: {
          mediaType: 'application/vnd.oci.image.index.v1+json',
          digest,
          repository: 'team/app',
          url: 'https://evil.test/v2/team/app/manifests/x',
          tag,
        },
        request: { host: 'evil.test' },
      },
    ],
  };
}
