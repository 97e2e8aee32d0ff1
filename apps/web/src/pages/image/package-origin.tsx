import { Code } from '@mantine/core';
import type { ProjectPackage } from '@plimsoll/contracts';
import { counted } from '../../domain/count.ts';
import styles from './package-origin.module.css';

/** More places than this are told as a number: a package of a large tree can lie in hundreds. */
const placesShown = 8;

/** The layer and the instruction that brought a package, and the files that prove it. */
export function PackageOrigin({ of }: { readonly of: ProjectPackage }) {
  const { layer, layer_index, layer_created_by, locations, nested_in, claimed_by } = of.attributes;
  const { owned_by, also_owned_by = [] } = of.attributes;
  return (
    <div className={styles.origin}>
      {layer !== undefined && (
        <div>
          {layer_index < 0 ? 'Layer' : `Layer ${layer_index + 1}`}{' '}
          <code title={layer} className={styles.digest}>
            {layer.replace(/^sha256:/, '').slice(0, 12)}
          </code>
        </div>
      )}
      {layer_created_by && <Code block>{layer_created_by}</Code>}
      <ul>
        {locations.slice(0, placesShown).map(({ path, layer: at }) => (
          <li key={`${at} ${path}`}>{path}</li>
        ))}
        {locations.length > placesShown && (
          <li>and {counted(locations.length - placesShown, 'more place')}</li>
        )}
      </ul>
      {claimed_by && <div>Claimed by {claimed_by.join(', ')}; nothing in the image proves it</div>}
      {nested_in && <div>Inside {nested_in}</div>}
      {owned_by && (
        <div>
          Installed by the {also_owned_by.length > 0 ? 'packages' : 'package'}{' '}
          {[owned_by, ...also_owned_by].join(', ')}
        </div>
      )}
    </div>
  );
}
