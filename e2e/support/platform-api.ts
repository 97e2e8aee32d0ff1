const mediaType = 'application/vnd.api+json';

/** Calls the platform's REST API as a person who has signed in. */
export class PlatformApi {
  readonly #base: string;
  readonly #cookie: string;
  /** `/rest/orgs/{the person's organization}` */
  readonly org: string;

  private constructor(base: string, cookie: string, org: string) {
    this.#base = base;
    this.#cookie = cookie;
    this.org = org;
  }

  static async signIn(base: string, email: string, password: string): Promise<PlatformApi> {
    const body = { data: { type: 'session', attributes: { email, password } } };
    const answer = await fetch(`${base}/rest/sessions?version=2025-09-17`, {
      method: 'POST',
      headers: { 'content-type': mediaType },
      body: JSON.stringify(body),
    });
    if (answer.status !== 201) throw new Error(`signing in was answered ${answer.status}`);
    const self = (await answer.json()) as { data: { attributes: { default_org_context: string } } };
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    return new PlatformApi(base, cookie, `/rest/orgs/${self.data.attributes.default_org_context}`);
  }

  /** Creates a resource and returns the answer's `data`. */
  async post(path: string, type: string, attributes: object): Promise<Resource> {
    return await this.#call('POST', path, { data: { type, attributes } });
  }

  async get(path: string): Promise<Resource> {
    return await this.#call('GET', path);
  }

  async #call(method: string, path: string, body?: object): Promise<Resource> {
    const answer = await fetch(`${this.#base}${path}?version=2025-09-17`, {
      method,
      headers: { cookie: this.#cookie, ...(body && { 'content-type': mediaType }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return (JSON.parse(text) as { data: Resource }).data;
  }
}

export type Resource = { readonly id: string; readonly attributes: Record<string, unknown> };
