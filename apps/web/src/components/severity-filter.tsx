import { severities, type SeverityLevel } from '@plimsoll/contracts';
import { ChoiceMenu } from './choice-menu.tsx';
import { SeverityChip } from './severity-chip.tsx';

const options = severities.map((severity) => ({
  value: severity,
  label: <SeverityChip severity={severity} />,
}));

/** A filter by severities. */
export function SeverityFilter({
  chosen,
  onChange,
}: {
  readonly chosen: readonly SeverityLevel[] | undefined;
  readonly onChange: (chosen: SeverityLevel[]) => void;
}) {
  return <ChoiceMenu label="Severity" options={options} chosen={chosen} onChange={onChange} />;
}
