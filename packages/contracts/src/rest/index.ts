export * from './dry-run.ts';
export * from './import-policy.ts';
export * from './integrations.ts';
export * from './json-api.ts';
export * from './organizations.ts';
export * from './projects.ts';
export * from './sync.ts';
export * from './v1.ts';
