import { distribution } from './distribution.ts';
import type { Provider } from './provider.ts';

/** Whatever speaks the distribution spec and nothing more: docker.io/registry and its like. */
export const oci: Provider = { ...distribution, type: 'oci' };
