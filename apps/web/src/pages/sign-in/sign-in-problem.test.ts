import { expect, it } from 'vitest';
import { RequestError } from '../../api/request-error.ts';
import { signInProblem } from './sign-in-problem.ts';

it('does not tell whether the address or the password was wrong', () => {
  expect(signInProblem(new RequestError('unauthorized', 'no such person'))).toBe(
    'The email address or the password is wrong.',
  );
});

it.each([
  [20, 'Too many attempts. Wait 20 seconds and try again.'],
  [300, 'Too many attempts. Wait 5 minutes and try again.'],
  [undefined, 'Too many attempts. Wait a few minutes and try again.'],
])('says how long to wait: %s', (retryAfterSeconds, sentence) => {
  expect(signInProblem(new RequestError('rate-limited', 'slow down', { retryAfterSeconds }))).toBe(sentence);
});
