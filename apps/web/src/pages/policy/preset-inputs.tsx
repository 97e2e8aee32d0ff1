import { NumberInput, Textarea, TextInput } from '@mantine/core';
import { isLoose, type PolicyChoice, type Preset } from '../../domain/policy-choice.ts';

/** What the policies are called that a person can choose. */
export const presetNames: Readonly<Record<Preset, string>> = {
  everything: 'Everything',
  new: 'New images only',
  newest: 'Newest by count',
  recent: 'Newest by age',
  pattern: 'By pattern',
  own: 'A policy of your own',
};

/** What is to be told beside the name of the policy. */
export function PresetInputs({
  choice,
  onChange,
}: {
  readonly choice: PolicyChoice;
  readonly onChange: (choice: PolicyChoice) => void;
}) {
  const { preset } = choice;
  const pattern = (field: 'repo' | 'tag', label: string, placeholder: string) => (
    <TextInput
      label={label}
      placeholder={placeholder}
      maxLength={512}
      description={
        isLoose(choice[field])
          ? 'Matches anywhere in the text; begin with ^ and end with $ to match all of it.'
          : undefined
      }
      value={choice[field]}
      onChange={(event) => onChange({ ...choice, [field]: event.currentTarget.value })}
    />
  );
  if (preset === 'newest') {
    return (
      <NumberInput
        label="Images of each repository"
        required
        min={1}
        max={10_000}
        value={choice.count}
        onChange={(value) => onChange({ ...choice, count: Number(value) })}
      />
    );
  }
  if (preset === 'recent') {
    return (
      <NumberInput
        label="Pushed in the last days"
        required
        min={1}
        max={3_650}
        value={choice.days}
        onChange={(value) => onChange({ ...choice, days: Number(value) })}
      />
    );
  }
  if (preset === 'pattern') {
    return (
      <>
        {pattern('repo', 'Repository', '^mycompany/.*$')}
        {pattern('tag', 'Tag', '^(latest|prod.*)$')}
      </>
    );
  }
  if (preset !== 'own') return null;
  return (
    <Textarea
      label="The policy as JSON"
      required
      autosize
      minRows={8}
      maxRows={24}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
      value={choice.json}
      onChange={(event) => onChange({ ...choice, json: event.currentTarget.value })}
    />
  );
}
