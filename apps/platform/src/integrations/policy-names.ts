import type { PolicyComponent } from '@plimsoll/contracts';

/** Gives every component the name it is shown with: its own, or else its type (platform-api.md A2). */
export function withNames(component: PolicyComponent): PolicyComponent {
  const name = component.name ?? component.type;
  if (component.type !== 'And' && component.type !== 'Or') return { ...component, name };
  return { ...component, name, sub_policies: component.sub_policies.map(withNames) };
}
