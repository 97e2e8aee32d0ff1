export {
  acceptTunnels,
  type AcceptOptions,
  type TunnelAcceptor,
  type UpgradeHandler,
} from './accept-tunnels.ts';
export { dial, type Dialer, type DialerState, type DialOptions, type RequestHandler } from './dial.ts';
export { memoryDirectory, type ConnectedClient, type TunnelDirectory } from './tunnel-directory.ts';
export { TunnelError, type TunnelErrorCode } from './tunnel-error.ts';
export {
  type Carrier,
  type ClientConnection,
  type Tunnel,
  type TunnelRequest,
  type TunnelResponse,
} from './tunnel.ts';
