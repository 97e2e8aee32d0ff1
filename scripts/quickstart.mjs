// `npm run quickstart`: runs on any Node from 18 on, brings the project's own Node, builds the page, starts everything.
// Plain JavaScript without dependencies, because nothing is installed yet when it starts.
import './install.mjs';
import { becomePlimsoll, ownNode } from './own-node.mjs';
import { digest, filesBelow, once, run } from './steps.mjs';

const sources = [...filesBelow('apps/web'), ...filesBelow('packages/contracts')];
once('apps/web/dist/.plimsoll-built', digest(sources), 'page', () => {
  run(
    ownNode() ?? process.execPath,
    ['node_modules/vite/bin/vite.js', 'build', 'apps/web', '--logLevel', 'error'],
    { ...process.env, NODE_ENV: 'production' },
  );
});

becomePlimsoll(['up', ...process.argv.slice(2)]);
