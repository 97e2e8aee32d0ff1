import type { PolicyType } from '../policy-type.ts';
import { importAll } from './import-all.ts';

/** Every policy type that can be evaluated. Its row in contracts' `importPolicyTypes` lets the API accept it. */
export const policyTypes: readonly PolicyType[] = [importAll];
