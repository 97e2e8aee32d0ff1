export * from './advisory.ts';
export * from './agent-api.ts';
export * from './credentials.ts';
export * from './inventory.ts';
export * from './names.ts';
export * from './registry-types.ts';
export * from './rest/index.ts';
export * from './tunnel.ts';
