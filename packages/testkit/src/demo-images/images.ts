import type { ImageSpec } from '../image-builder.ts';

/** One image of the demo registry: where it is found, what it is made of. */
export type DemoImage = {
  readonly repository: string;
  /** The first tag is the image's own name, the others are further names of the same digest. */
  readonly tags: readonly string[];
  /** An index over these; a plain image when there is one. */
  readonly platforms: readonly string[];
  readonly format?: ImageSpec['format'];
  readonly layers: readonly DemoImageLayer[];
  /** The `config` object of the image's config document. */
  readonly config: Readonly<Record<string, unknown>>;
};

/** `data` names a file of `data/demo-images/layers`; `createdBy` is the layer's line in the image history. */
export type DemoImageLayer = { readonly data: string; readonly createdBy: string; readonly zstd?: boolean };

const layer = (data: string, createdBy: string): DemoImageLayer => ({ data, createdBy });

const debian = layer('debian-12', 'mmdebstrap --variant=minbase bookworm');
const alpine = layer('alpine-3.20', 'ADD the packages of Alpine 3.20.3 /');
const webServer = [
  layer('debian-12-stale', 'mmdebstrap --variant=minbase bookworm, packages pinned to older releases'),
  layer('debian-12-web', 'RUN apt-get install -y --no-install-recommends nginx curl openssl python3'),
  layer('web-site', 'COPY site /'),
];
const nodeApi = [
  layer('node-api', 'RUN npm install express lodash minimist axios ws jsonwebtoken'),
  layer('node-api-code', 'COPY server.js /srv/api/'),
];

const amd64 = ['linux/amd64'];
const nginx = { Cmd: ['nginx', '-g', 'daemon off;'], ExposedPorts: { '8080/tcp': {} } };
const node = {
  Cmd: ['node', 'server.js'],
  WorkingDir: '/srv/api',
  User: '1000',
  ExposedPorts: { '3000/tcp': {} },
};
const shop = { Labels: { 'org.opencontainers.image.vendor': 'Shop' } };

/** The images of the demo registry. Tags that differ only by name, layers shared and layers removed are all there on purpose. */
export const demoImages: readonly DemoImage[] = [
  {
    repository: 'library/debian',
    tags: ['12', 'bookworm'],
    platforms: amd64,
    layers: [debian],
    config: { Cmd: ['bash'] },
  },
  {
    repository: 'library/alpine',
    tags: ['3.20', '3.20.3'],
    platforms: amd64,
    format: 'docker',
    layers: [alpine],
    config: { Cmd: ['/bin/sh'] },
  },
  {
    repository: 'tools/python',
    tags: ['alpine3.20'],
    platforms: amd64,
    layers: [alpine, { ...layer('alpine-3.20-python', 'RUN apk add --virtual .python-rundeps'), zstd: true }],
    config: { Cmd: ['python3'] },
  },
  {
    repository: 'shop/web',
    tags: ['1.0'],
    platforms: amd64,
    layers: webServer,
    config: { ...nginx, ...shop },
  },
  {
    repository: 'shop/web',
    tags: ['1.1', 'latest'],
    platforms: amd64,
    layers: [
      ...webServer,
      layer('debian-12-web-upgraded', 'RUN apt-get upgrade -y'),
      layer('debian-12-web-without-python', 'RUN apt-get autoremove -y python3'),
    ],
    config: { ...nginx, ...shop },
  },
  {
    repository: 'shop/api',
    tags: ['2024.1'],
    platforms: amd64,
    layers: [debian, ...nodeApi],
    config: { ...node, ...shop },
  },
  {
    repository: 'shop/api',
    tags: ['2024.2', 'latest'],
    platforms: amd64,
    layers: [
      debian,
      ...nodeApi,
      layer('node-api-without-ws', 'RUN npm uninstall ws'),
      layer('node-api-upgraded', 'RUN npm install lodash@4.17.21'),
    ],
    config: { ...node, ...shop },
  },
  {
    // Nothing but JavaScript, so its layers are the same on every platform.
    repository: 'shop/worker',
    tags: ['2.0'],
    platforms: ['linux/amd64', 'linux/arm64'],
    layers: nodeApi,
    config: { ...node, ...shop },
  },
];
