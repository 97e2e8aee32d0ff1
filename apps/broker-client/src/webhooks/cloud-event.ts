import { z } from 'zod';
import type { Notification } from './sender.ts';
import { parse } from './told.ts';

export type CloudEvent = {
  readonly type: string;
  readonly time: string | undefined;
  readonly data: unknown;
};

const Structured = z.object({
  specversion: z.string(),
  type: z.string(),
  time: z.string().optional(),
  data: z.unknown(),
});

/**
 * Reads a CloudEvent 1.0 over HTTP: whole in the body, or with its attributes in headers that begin with `ce-`; undefined
 * when it is none. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 */
export function cloudEventOf({
  headers,
  body,
}: Pick<Notification, 'headers' | 'body'>): CloudEvent | undefined {
  const type = headers['ce-type'];
  if (typeof type === 'string') {
    const time = headers['ce-time'];
    return { type, time: typeof time === 'string' ? time : undefined, data: body };
  }
  const event = parse(Structured, body);
  return event && { type: event.type, time: event.time, data: event.data };
}
