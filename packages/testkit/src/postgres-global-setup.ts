import {
  postgresDirectoryPrefix,
  postgresDirectoryVariable,
  stopServer,
  sweepServers,
} from './postgres-server.ts';

/**
 * For vitest's `globalSetup`: names the directory of the run's PostgreSQL server. The first suite that needs a database
 * starts it there; it ends with the run, and what a killed run left behind is removed by the next one.
 */
export default function setup(): () => void {
  sweepServers();
  const directory = `${postgresDirectoryPrefix}${process.pid}`;
  process.env[postgresDirectoryVariable] = directory;
  return () => stopServer(directory);
}
