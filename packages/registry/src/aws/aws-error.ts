import { RegistryError, type RegistryErrorCode } from '../registry-error.ts';

/** The RegistryError that a failure of the AWS SDK stands for. AWS's own words are left out: they name accounts and roles. */
export function awsError(error: unknown, origin: string): RegistryError {
  if (error instanceof RegistryError) return error;
  const { name = '', $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  const code = codeOf(name, status);
  const known = /^[A-Za-z]{1,60}$/.test(name) ? ` (${name})` : '';
  return new RegistryError(code, sentences[code](origin) + known + '.');
}

type AwsErrorCode = Extract<
  RegistryErrorCode,
  'unauthorized' | 'forbidden' | 'not-found' | 'rate-limited' | 'unavailable' | 'cancelled' | 'invalid-answer'
>;

function codeOf(name: string, status: number): AwsErrorCode {
  if (name === 'AbortError') return 'cancelled';
  if (name.endsWith('NotFoundException')) return 'not-found';
  if (/^Thrott|TooManyRequests|^RequestLimit|^SlowDown/.test(name) || status === 429) return 'rate-limited';
  // STS says AccessDenied of a role that cannot be assumed: the credentials do not fit. ECR says AccessDeniedException.
  if (name === 'AccessDeniedException') return 'forbidden';
  if (/^CredentialsProviderError$|^AccessDenied$|Token|Signature|UnrecognizedClient/.test(name)) {
    return 'unauthorized';
  }
  if (status >= 500 || name === 'TimeoutError') return 'unavailable';
  return status === 403 ? 'forbidden' : 'invalid-answer';
}

const sentences: Readonly<Record<AwsErrorCode, (origin: string) => string>> = {
  unauthorized: (origin) =>
    `AWS gives no entrance to ${origin}: no credentials were found, or the role cannot be assumed with them`,
  forbidden: (origin) => `AWS knows the credentials for ${origin}, but they lack the right to read this`,
  'not-found': (origin) => `${origin} has no such repository`,
  'rate-limited': (origin) => `AWS wants fewer requests for ${origin}`,
  unavailable: (origin) => `AWS could not answer for ${origin}`,
  cancelled: (origin) => `Stopped asking AWS for ${origin} because nobody needs it any more`,
  'invalid-answer': (origin) => `AWS refused or answered something else than expected for ${origin}`,
};
