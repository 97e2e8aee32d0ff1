import { createLogger, createMetrics, parseConfig, runProcess, Secret } from '@plimsoll/runtime';
import { PlatformConfig } from './config.ts';
import { connectDatabase } from './database/connect.ts';
import { createJobs } from './jobs/create-jobs.ts';
import { createPlatform } from './platform.ts';

/**
 * Runs the platform as this process until it is told to stop.
 * @throws {ConfigError} when the environment cannot be used.
 */
export async function run(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = parseConfig(PlatformConfig, environment);
  const { DATABASE_URL: databaseUrl, ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config;
  const { SMTP_URL: smtpUrl, SMTP_FROM: smtpFrom } = config;
  const proxyUrl = config.HTTPS_PROXY ?? config.HTTP_PROXY;
  const log = createLogger({
    name: 'platform',
    level: config.LOG_LEVEL,
    secrets: [
      databaseUrl,
      password,
      passwordOf(databaseUrl),
      config.REPLICA_KEY,
      smtpUrl,
      smtpUrl && passwordOf(smtpUrl),
      proxyUrl,
      proxyUrl && passwordOf(proxyUrl),
      ...(config.ENCRYPTION_KEY ?? []),
    ],
  });

  await runProcess(log, async (lifecycle) => {
    const db = connectDatabase(databaseUrl.reveal(), (error) =>
      log.warn({ err: error }, 'database connection lost'),
    );
    lifecycle.onStop('database', () => db.destroy());
    const platform = await createPlatform({
      db,
      jobs: createJobs({ connectionString: databaseUrl.reveal(), log }),
      connectionString: databaseUrl.reveal(),
      replicas: config.REPLICA_KEY && {
        key: config.REPLICA_KEY,
        url: config.ROLES.includes('broker-server') ? config.REPLICA_URL : undefined,
        host: config.HOST,
      },
      stopDelayMs: config.STOP_DELAY_SECONDS * 1_000,
      roles: config.ROLES,
      log,
      metrics: createMetrics(),
      publicUrl: (config.PUBLIC_URL ?? `http://localhost:${config.PORT}`).replace(/\/+$/, ''),
      trustedProxies: config.TRUSTED_PROXIES,
      acceptsDeployedClients: config.DEPLOYED_CLIENTS_ENABLED,
      maxRawBytes: config.BROKER_MAX_BODY_BYTES,
      webDist: config.WEB_DIST,
      advisoryLocations: config.ADVISORIES_URL,
      vexTrust: config.ADVISORIES_VEX_PRODUCTS,
      githubToken: config.ADVISORIES_GITHUB_TOKEN,
      importLimit: config.SYNC_IMPORT_LIMIT,
      notifications: {
        encryptionKeys: config.ENCRYPTION_KEY ?? [],
        networks: config.NOTIFICATION_NETWORKS,
        proxy: proxyUrl && { url: proxyUrl, except: config.NO_PROXY },
        mailServer: smtpUrl && smtpFrom ? { url: smtpUrl, from: smtpFrom } : undefined,
      },
      requestsPerMinute: config.API_REQUESTS_PER_MINUTE,
      auditRetentionDays: config.AUDIT_RETENTION_DAYS,
      admin: email && password ? { email, password: password.reveal() } : undefined,
      now: () => new Date(),
    });
    lifecycle.onStop('platform', () => platform.stop());
    const address = await platform.start({ host: config.HOST, port: config.PORT });
    log.info({ address, roles: config.ROLES }, 'platform ready');
  });
}

/** Errors of the server behind an address may name the password alone. */
function passwordOf(url: Secret): Secret | undefined {
  if (!URL.canParse(url.reveal())) return undefined;
  const { password } = new URL(url.reveal());
  return password ? new Secret(decodeURIComponent(password)) : undefined;
}
