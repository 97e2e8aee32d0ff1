import { createLogger, parseConfig, runProcess } from '@plimsoll/runtime';
import { AgentConfig } from './config.ts';
import { startAgent } from './start-agent.ts';

/**
 * Runs the agent as this process until it is told to stop.
 * @throws {ConfigError} when the environment cannot be used.
 */
export async function run(environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const config = parseConfig(AgentConfig, environment);
  const log = createLogger({
    name: 'agent',
    level: config.LOG_LEVEL,
    secrets: [config.HTTP_PROXY, config.HTTPS_PROXY, config.REGISTRY_CLIENT_KEY],
  });
  await runProcess(log, async (lifecycle) => {
    await startAgent(config, lifecycle, log);
  });
}
