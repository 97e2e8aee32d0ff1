import { Transform, type Readable } from 'node:stream';
import { TunnelError } from '@plimsoll/tunnel';

export type AnswerLimits = { readonly idleTimeoutMs: number; readonly maxBodyBytes: number };

/**
 * The body of an answer with limits, from the request that delivers it. Fails with a TunnelError when it does not
 * arrive whole; destroying it ends that request, which makes the client end its call to the agent.
 */
export function answerBody(source: Readable, { idleTimeoutMs, maxBodyBytes }: AnswerLimits): Readable {
  let received = 0;
  const body = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      idle.refresh();
      if (received > maxBodyBytes) {
        done(new TunnelError('too-large', `the answer is larger than ${maxBodyBytes} bytes`));
      } else done(null, chunk);
    },
  });
  const idle = setTimeout(() => {
    // A reader that does not read is not the client's silence.
    if (body.readableLength > 0) idle.refresh();
    else body.destroy(new TunnelError('timeout', `no further bytes within ${idleTimeoutMs} ms`));
  }, idleTimeoutMs);
  const cut = () => {
    if (!source.readableEnded)
      body.destroy(new TunnelError('unreachable', 'the client cut the answer short'));
  };
  source.on('error', cut);
  source.on('close', cut);
  // A body that fails before anybody reads it must not end the process; its reader still gets the error.
  body.on('error', () => undefined);
  body.on('close', () => {
    clearTimeout(idle);
    if (!source.readableEnded) source.destroy();
  });
  return source.pipe(body);
}
