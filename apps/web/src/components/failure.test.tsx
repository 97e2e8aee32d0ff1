import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { RequestError } from '../api/request-error.ts';
import { Failure } from './failure.tsx';

const drawn = (error: Error) =>
  renderToStaticMarkup(<Failure what="The images could not be read" error={error} />);

it('says what failed and why', () => {
  const html = drawn(new RequestError('unavailable', 'The database is away'));

  expect(html).toContain('The images could not be read');
  expect(html).toContain('The database is away');
});

it('says nothing on the way to the sign-in page', () => {
  expect(drawn(new RequestError('unauthorized', 'A valid token or session is required'))).toBe('');
});
