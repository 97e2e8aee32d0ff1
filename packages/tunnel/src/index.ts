export {
  acceptTunnels,
  type AcceptOptions,
  type Replica,
  type TunnelAcceptor,
  type UpgradeHandler,
} from './accept-tunnels.ts';
export { askStatus } from './ask-status.ts';
export { dial, type Dialer, type DialerState, type DialOptions, type RequestHandler } from './dial.ts';
export type { Transport } from './link.ts';
export { pollingPath } from './polling-wire.ts';
export { openHops, type Hops } from './hop-client.ts';
export { serveHops, type HopServer } from './hop-server.ts';
export {
  isRepeatable,
  type Carrier,
  type ClientConnection,
  type TunnelRequest,
  type TunnelResponse,
} from './request.ts';
export {
  describeTunnel,
  groupByClient,
  memoryDirectory,
  returningMs,
  type ConnectedClient,
  type Excluded,
  type MemoryDirectory,
  type TunnelDirectory,
  type TunnelHolder,
} from './tunnel-directory.ts';
export { TunnelError, type TunnelErrorCode } from './tunnel-error.ts';
export { type Tunnel } from './tunnel.ts';
