import { Button, Checkbox, Code, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { PolicyComponent, scheduleHours } from '@plimsoll/contracts';
import { type FormEvent, useState } from 'react';
import type { PolicyDraft } from '../../api/import-policy.ts';
import { Notice } from '../../components/notice.tsx';
import { choiceOf, firstChoice, policyOf, presets, type PolicyChoice } from '../../domain/policy-choice.ts';
import { presetNames, PresetInputs } from './preset-inputs.tsx';
import styles from './policy.module.css';

/** Which images a sync imports, how often, and whether it deletes what no longer fits. */
export function PolicyForm({
  policy,
  mayEdit,
  onContinue,
}: {
  readonly policy: PolicyDraft | undefined;
  readonly mayEdit: boolean;
  readonly onContinue: (draft: PolicyDraft) => void;
}) {
  const [choice, setChoice] = useState<PolicyChoice>(() => firstChoiceOf(policy));
  const [name, setName] = useState(policy?.name ?? '');
  const [hours, setHours] = useState<number | string>(
    policy?.schedule_frequency_hours ?? scheduleHours.default,
  );
  const [prunes, setPrunes] = useState(policy?.delete_images ?? false);
  const [problem, setProblem] = useState<string>();

  const draftOf = (): PolicyDraft => ({
    name: name.trim() || presetNames[choice.preset],
    schedule_frequency_hours: Number(hours),
    delete_images: prunes,
    import_policy: policyOf(choice),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    try {
      onContinue(draftOf());
    } catch (error) {
      setProblem(`The policy is no JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <NativeSelect
        label="Which images"
        value={choice.preset}
        data={presets.map((value) => ({ value, label: presetNames[value] }))}
        onChange={({ currentTarget: { value } }) =>
          setChoice({ ...choice, preset: presets.find((preset) => preset === value) ?? 'new' })
        }
      />
      <PresetInputs choice={choice} onChange={setChoice} />
      <TextInput
        label="Name of the policy"
        placeholder={presetNames[choice.preset]}
        maxLength={255}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NumberInput
        label="Every so many hours"
        required
        min={scheduleHours.min}
        max={scheduleHours.max}
        value={hours}
        onChange={setHours}
      />
      <Checkbox
        label="Delete projects of images that no longer fit the policy"
        description="Only projects that a sync made. A deletion of most projects waits for a person, and each can be undone for 7 days."
        checked={prunes}
        onChange={(event) => setPrunes(event.currentTarget.checked)}
      />
      {problem !== undefined && <Notice kind="bad">{problem}</Notice>}
      {choice.preset !== 'own' && (
        <Code block aria-label="The policy as JSON">
          {JSON.stringify(draftOf(), undefined, 2)}
        </Code>
      )}
      <div>
        <Button type="submit" disabled={!mayEdit}>
          Continue
        </Button>
      </div>
    </form>
  );
}

function firstChoiceOf(policy: PolicyDraft | undefined): PolicyChoice {
  if (!policy) return firstChoice;
  const component = PolicyComponent.safeParse(policy.import_policy);
  if (component.success) return choiceOf(component.data);
  // What a person wrote and the platform refused stays as it is.
  return { ...firstChoice, preset: 'own', json: JSON.stringify(policy.import_policy, undefined, 2) };
}
