import { inventoryLimits, type HistoryStep } from '@plimsoll/contracts';
import { z } from 'zod';

const text = z.string().transform((value) => value.slice(0, inventoryLimits.text));

const Step = z.object({
  created: z.string().max(64).optional().catch(undefined),
  created_by: text.optional().catch(undefined),
  comment: text.optional().catch(undefined),
  empty_layer: z.boolean().optional().catch(undefined),
});

// Whatever is not of the right form is taken as absent: configs are written by many programs and by hand.
const History = z
  .object({ history: z.array(Step.catch({})).nullish() })
  .catch({})
  .transform(({ history }) => history ?? []);

/**
 * Reads the history of an image config and tells which layer each step made: the steps that are not marked as empty make
 * one each, in order. Where that does not come out even, no step is said to have made any layer.
 */
export function readHistory(config: unknown, layerCount: number): HistoryStep[] {
  const steps = History.parse(config);
  const fits = steps.filter((step) => step.empty_layer !== true).length === layerCount;
  let layer = 0;
  return steps.slice(0, inventoryLimits.history).map(({ created, created_by, comment, empty_layer }) => ({
    ...(created_by && { createdBy: created_by }),
    ...(created && { createdAt: created }),
    ...(comment && { comment }),
    ...(fits && empty_layer !== true && { layer: layer++ }),
  }));
}
