export * from './candidate.ts';
export * from './evaluate-policy.ts';
export * from './plan-prune.ts';
export * from './plan-sync.ts';
