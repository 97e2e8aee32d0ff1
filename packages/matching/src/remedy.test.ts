import { expect, it } from 'vitest';
import { remedyOf } from './remedy.ts';

it.each([
  [
    'npm',
    'tar',
    'npm',
    'Upgrade Node.js (or the image that brings it), which comes with npm, or remove npm from the image where it is not needed',
  ],
  [
    'npm',
    'npm',
    undefined,
    'Upgrade Node.js (or the image that brings it), which comes with npm, or remove npm from the image where it is not needed',
  ],
  ['npm', 'tar', 'yarn', 'Upgrade yarn, which contains it'],
  ['npm', 'tar', undefined, undefined],
  ['npm', 'constructor', undefined, undefined],
  ['pypi', 'pip', 'ensurepip', 'Upgrade Python (or the image that brings it), which comes with ensurepip'],
  ['pypi', 'urllib3', 'pip', 'Upgrade pip, which contains it'],
  ['maven', 'org.x:core', 'app.jar', 'Upgrade app.jar, which contains it'],
  ['gem', 'rexml', 'ruby', 'Upgrade Ruby (or the image that brings it), which comes with it'],
])('tells how to get rid of %s package %s in %s', (type, name, nestedIn, remedy) => {
  expect(remedyOf({ type, name }, nestedIn)).toBe(remedy);
});
