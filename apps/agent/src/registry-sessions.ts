import { createHash } from 'node:crypto';
import type { RegistryCredentials } from '@plimsoll/contracts';
import { RegistryError, type Registry } from '@plimsoll/registry';

/** How long a registry stays open after its last use, milliseconds: requests of one sync come within seconds. */
const idleMs = 60_000;
/** Registries kept open at a time. An agent serves one or a few. */
const maxSessions = 32;

type Session = { readonly registry: Registry; users: number; timer?: NodeJS.Timeout };

/**
 * Opens registries and keeps each open for a while, so that requests with the same credentials share connections, tokens
 * and what was learned of how fast the registry may be asked. Credentials are held no longer than that.
 */
export class RegistrySessions {
  readonly #open: (credentials: RegistryCredentials) => Registry;
  readonly #limits: { readonly idleMs: number; readonly maxSessions: number };
  /** By a hash of the credentials, the least recently used first. */
  readonly #sessions = new Map<string, Session>();

  constructor(open: (credentials: RegistryCredentials) => Registry, limits = { idleMs, maxSessions }) {
    this.#open = open;
    this.#limits = limits;
  }

  /** Does something with the registry of some credentials, and throws what that throws. */
  async use<T>(credentials: RegistryCredentials, use: (registry: Registry) => Promise<T>): Promise<T> {
    const key = createHash('sha256').update(JSON.stringify(credentials)).digest('base64');
    const session = this.#sessions.get(key) ?? { registry: this.#open(credentials), users: 0 };
    clearTimeout(session.timer);
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    session.users++;
    try {
      return await use(session.registry);
    } catch (error) {
      // Whoever was refused may have been given the right meanwhile: nothing of this is remembered.
      const isRefusal = error instanceof RegistryError && ['unauthorized', 'forbidden'].includes(error.code);
      if (isRefusal && this.#sessions.get(key) === session) this.#sessions.delete(key);
      throw error;
    } finally {
      session.users--;
      await this.#release(key, session);
    }
  }

  /** Closes every registry; what is under way with one fails. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const { timer } of sessions) clearTimeout(timer);
    await Promise.all(sessions.map(({ registry }) => registry.close()));
  }

  async #release(key: string, session: Session): Promise<void> {
    if (session.users > 0) return;
    if (this.#sessions.get(key) !== session) return session.registry.close();
    session.timer = setTimeout(() => {
      this.#sessions.delete(key);
      void session.registry.close();
    }, this.#limits.idleMs).unref();
    if (this.#sessions.size <= this.#limits.maxSessions) return;
    const [idleKey, idle] = [...this.#sessions].find(([, { users }]) => users === 0) ?? [];
    if (idleKey === undefined || !idle) return;
    clearTimeout(idle.timer);
    this.#sessions.delete(idleKey);
    await idle.registry.close();
  }
}
