/** Wrong guesses that one address has at once, and how often it gets one back, milliseconds. */
const guesses = { most: 20, everyMs: 3_000 } as const;

/** Addresses that are remembered; when there are more, the one that has been quiet for longest is forgotten. */
const maxAddresses = 10_000;

/** Counts wrong guesses of a secret by the address they come from. */
export class GuessLimit {
  readonly #now: () => number;
  /** When an address will have all of its guesses again. */
  readonly #recovered = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long an address has to wait before anything it says is listened to, milliseconds; 0 when it need not. */
  waitMs(address: string): number {
    const recovered = this.#recovered.get(placeOf(address)) ?? 0;
    return Math.max(0, recovered - this.#now() - (guesses.most - 1) * guesses.everyMs);
  }

  /** Notes a wrong guess. */
  wrong(address: string): void {
    const key = placeOf(address);
    const recovered = Math.max(this.#now(), this.#recovered.get(key) ?? 0) + guesses.everyMs;
    this.#recovered.delete(key);
    this.#recovered.set(key, recovered);
    const [oldest] = this.#recovered.keys();
    if (this.#recovered.size > maxAddresses && oldest !== undefined) this.#recovered.delete(oldest);
  }
}

/** Who has an IPv6 address has its whole /64. */
function placeOf(address: string): string {
  const isIpv6 = address.includes(':') && !address.includes('.');
  return isIpv6 ? expand(address).slice(0, 4).join(':') : address;
}

function expand(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean)) as [
    string[],
    string[],
  ];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  return [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
}
