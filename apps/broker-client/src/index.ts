export { BrokerClientConfig } from './config.ts';
export { explainRequest } from './explain-request.ts';
export { run } from './run.ts';
export { startBrokerClient } from './start-broker-client.ts';
