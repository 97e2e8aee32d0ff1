import type { PolicyComponent } from '@plimsoll/contracts';
import type { PolicyType } from '../policy-type.ts';
import { and } from './and.ts';
import { importAllNew } from './import-all-new.ts';
import { importAll } from './import-all.ts';
import { lastNObserved } from './last-n-observed.ts';
import { or } from './or.ts';
import { recent } from './recent.ts';
import { regex } from './regex.ts';

/** Every policy type, by its name in the API. */
export const policyTypes: { readonly [T in PolicyComponent['type']]: PolicyType<T> } = {
  ImportAll: importAll,
  ImportAllNew: importAllNew,
  Regex: regex,
  Recent: recent,
  LastNObserved: lastNObserved,
  And: and,
  Or: or,
};
