import { createLogger, parseConfig, runProcess } from '@plimsoll/runtime';
import { BrokerClientConfig } from './config.ts';
import { registryCredentials } from './registry-credentials.ts';
import { startBrokerClient } from './start-broker-client.ts';

/**
 * Runs the broker client as this process until it is told to stop.
 * @throws {ConfigError} when the environment cannot be used.
 */
export async function run(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = parseConfig(BrokerClientConfig, environment);
  const log = createLogger({
    name: 'broker-client',
    level: config.LOG_LEVEL,
    secrets: [
      config.BROKER_TOKEN,
      config.WEBHOOK_PATH_SECRET,
      config.WEBHOOK_SECRET,
      config.WEBHOOK_GOOGLE_AUDIENCE,
      config.BROKER_CLIENT_KEY,
      config.HTTP_PROXY,
      config.HTTPS_PROXY,
      ...registryCredentials(config).secrets,
    ],
  });
  await runProcess(log, async (lifecycle) => {
    // Standard output is for log lines, one JSON document each.
    await startBrokerClient(config, lifecycle, log, (text) => void process.stderr.write(text));
  });
}
