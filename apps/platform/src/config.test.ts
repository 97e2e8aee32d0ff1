import { ConfigError, parseConfig } from '@plimsoll/runtime';
import { expect, it } from 'vitest';
import { PlatformConfig } from './config.ts';

const REPLICA_KEY = 'a key of at least thirty-two characters';
const DATABASE_URL = 'postgresql://plimsoll:hunter2@localhost/plimsoll';

it('needs only a database, and then does everything', () => {
  const config = parseConfig(PlatformConfig, { DATABASE_URL });

  expect(config).toMatchObject({
    PORT: 7340,
    ROLES: ['api', 'broker-server', 'worker'],
    TRUSTED_PROXIES: [],
  });
  expect(JSON.stringify(config)).not.toContain('hunter2');
});

it('reads lists', () => {
  const config = parseConfig(PlatformConfig, {
    DATABASE_URL,
    ROLES: 'api, worker',
    REPLICA_KEY,
    TRUSTED_PROXIES: '10.0.0.0/8',
  });

  expect(config).toMatchObject({ ROLES: ['api', 'worker'], TRUSTED_PROXIES: ['10.0.0.0/8'] });
});

it.each([
  [{}, 'DATABASE_URL'],
  [{ DATABASE_URL, ROLES: 'api,cook' }, 'ROLES'],
  [{ DATABASE_URL, ROLES: ',' }, 'ROLES'],
  [{ DATABASE_URL, PUBLIC_URL: 'javascript:alert(1)' }, 'PUBLIC_URL'],
  [{ DATABASE_URL, ADMIN_EMAIL: 'a@example.test' }, 'ADMIN_PASSWORD'],
  [{ DATABASE_URL, ROLES: 'worker' }, 'REPLICA_KEY'],
  [{ DATABASE_URL, REPLICA_KEY: 'short', REPLICA_URL: 'http://10.0.0.5:7342' }, 'REPLICA_KEY'],
  [{ DATABASE_URL, REPLICA_KEY }, 'REPLICA_URL'],
  [{ DATABASE_URL, REPLICA_KEY, REPLICA_URL: 'http://10.0.0.5' }, 'REPLICA_URL'],
])('names the variable at fault in %j', (environment, variable) => {
  expect(() => parseConfig(PlatformConfig, environment)).toThrow(
    expect.objectContaining({ variables: [variable], name: ConfigError.name }),
  );
});
