export * from './candidate.ts';
export * from './evaluate-policy.ts';
export { patternFaults, type PatternFault } from './pattern.ts';
export * from './plan-prune.ts';
export * from './plan-push.ts';
export * from './start-plan.ts';
