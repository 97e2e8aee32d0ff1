import { isDeepStrictEqual } from 'node:util';
import { scheduleHours, type ImportPolicy, type ImportPolicyPatch } from '@plimsoll/contracts';
import { withNames } from './policy-names.ts';

/**
 * Applies a PATCH: absent members stay, `null` sets a default again, `import_policy` is replaced as a whole.
 * `isNewRule`: what is imported or pruned changed, so the policy is to run at once.
 */
export function changePolicy(
  policy: ImportPolicy,
  { policy: patch }: ImportPolicyPatch['data']['attributes'],
): { policy: ImportPolicy; isNewRule: boolean } {
  const changed: ImportPolicy = {
    name: patch.name ?? policy.name,
    schedule_frequency_hours:
      patch.schedule_frequency_hours === null
        ? scheduleHours.default
        : (patch.schedule_frequency_hours ?? policy.schedule_frequency_hours),
    delete_images: patch.delete_images === null ? false : (patch.delete_images ?? policy.delete_images),
    import_policy: patch.import_policy ?? policy.import_policy,
  };
  const isNewRule =
    changed.delete_images !== policy.delete_images ||
    !isDeepStrictEqual(withNames(changed.import_policy), withNames(policy.import_policy));
  return { policy: changed, isNewRule };
}

/** The next run under another period, counted from the same start as the one that was planned. */
export function reschedule(nextRunAt: Date, before: ImportPolicy, after: ImportPolicy): Date {
  const hours = after.schedule_frequency_hours - before.schedule_frequency_hours;
  return new Date(nextRunAt.getTime() + hours * 60 * 60 * 1000);
}
