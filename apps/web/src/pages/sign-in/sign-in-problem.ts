import { RequestError } from '../../api/request-error.ts';
import { counted } from '../../domain/count.ts';

/** Why signing in did not work, as a sentence that says what to do. */
export function signInProblem(error: Error): string {
  if (!(error instanceof RequestError)) return error.message;
  if (error.code === 'unauthorized') return 'The email address or the password is wrong.';
  if (error.code !== 'rate-limited') return error.message;
  const seconds = error.retryAfterSeconds;
  if (seconds === undefined) return 'Too many attempts. Wait a few minutes and try again.';
  const wait = seconds <= 90 ? counted(seconds, 'second') : counted(Math.ceil(seconds / 60), 'minute');
  return `Too many attempts. Wait ${wait} and try again.`;
}
