import type { LayerFacts } from './layer-facts.ts';
import type { LayerTask } from './read-layer.ts';

/** What a reading thread is told: a task, then blocks of stored bytes, then their end or that they stop coming. */
export type ToThread =
  | { readonly kind: 'task'; readonly task: LayerTask }
  | { readonly kind: 'block'; readonly block: ArrayBuffer; readonly length: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'stop' };

/** What a reading thread tells: a block comes back to be filled again, and each task has one end. */
export type FromThread =
  | { readonly kind: 'block'; readonly block: ArrayBuffer }
  | { readonly kind: 'facts'; readonly facts: LayerFacts }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error: Error };
