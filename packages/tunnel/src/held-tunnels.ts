import { EventEmitter, once } from 'node:events';
import type { DialerState } from './dial.ts';
import type { Transport } from './link.ts';
import type { ServedConnection } from './serve-connection.ts';

/** One open tunnel: to which replica, and what carries it. */
export type HeldTunnel = { readonly replicaId: string | undefined; readonly transport: Transport };

/** The tunnels of one client: which replicas they lead to, and how many replicas there are. */
export class HeldTunnels {
  /** What the dialling of the first tunnel is doing while none is open. */
  waitingState: Exclude<DialerState, 'open' | 'stopped'> = 'connecting';

  readonly #open = new Map<number, HeldTunnel>();
  readonly #connections = new Set<ServedConnection>();
  readonly #onChange: (open: number) => void;
  readonly #events = new EventEmitter();
  #replicas = 1;

  constructor(onChange: (open: number) => void) {
    this.#onChange = onChange;
  }

  get open(): number {
    return this.#open.size;
  }

  get state(): DialerState {
    return this.open > 0 ? 'open' : this.waitingState;
  }

  /** Resolves when a tunnel opens or closes, or the number of replicas changes. Rejects when aborted. */
  async change(signal: AbortSignal): Promise<void> {
    await once(this.#events, 'change', { signal });
  }

  /** Takes over how many replicas the platform says it has; anything but a positive whole number is ignored. */
  learnReplicas(replicas: number | undefined): void {
    if (replicas === undefined || !Number.isInteger(replicas) || replicas < 1) return;
    if (replicas === this.#replicas) return;
    this.#replicas = replicas;
    this.#wake();
  }

  /**
   * Whether the tunnel of this place is to be dialled now. While none is open only the first is, so that two do not
   * meet at one replica; once one is open, the others are as far as there are further replicas.
   */
  isWanted(place: number): boolean {
    return this.open === 0 ? place === 0 : this.open < this.#replicas;
  }

  /** The replicas to which tunnels are open. */
  replicasInUse(): string[] {
    return [...this.#open.values()].flatMap(({ replicaId }) => replicaId ?? []);
  }

  /** Whether another place holds a tunnel to this replica. */
  isInUse(replicaId: string | undefined): boolean {
    return replicaId !== undefined && this.replicasInUse().includes(replicaId);
  }

  /** What carries the tunnels; of several, one of them. Undefined while none is open. */
  get transport(): Transport | undefined {
    return [...this.#open.values()][0]?.transport;
  }

  opened(place: number, tunnel: HeldTunnel): void {
    this.#open.set(place, tunnel);
    this.#onChange(this.open);
    this.#wake();
  }

  lost(place: number): void {
    if (!this.#open.delete(place)) return;
    if (this.open === 0) this.waitingState = 'connecting';
    this.#onChange(this.open);
    this.#wake();
  }

  /** Remembers a connection until it is closed, also while it drains. */
  add(connection: ServedConnection): () => void {
    this.#connections.add(connection);
    return () => this.#connections.delete(connection);
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.close(graceMs)));
  }

  #wake(): void {
    this.#events.emit('change');
  }
}
