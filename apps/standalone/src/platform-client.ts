import {
  AdvisoryFeedStatus,
  ConnectionCheck,
  documentOf,
  ErrorDocument,
  FixAdvice,
  BrokerToken,
  Integration,
  ImportPolicyResource,
  jsonApiMediaType,
  pageOf,
  Project,
  Self,
  SyncRun,
  VexDocument,
  type ImportPolicy,
} from '@plimsoll/contracts';
import { exitCodes } from '@plimsoll/runtime';
import type { z } from 'zod';
import { CommandError } from './command.ts';

/** The version of the REST API that this client speaks. */
const apiVersion = '2025-11-05';

/** Longest a call may take, milliseconds: a connection check walks to the registry and back. */
const callTimeoutMs = 90_000;

/** A call to the platform was answered with an error document. */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Calls the platform's REST API as a person with a session, or as a service account with a token. */
export class PlatformClient {
  readonly #url: string;
  #headers: Record<string, string> = {};

  constructor(url: string, token?: string) {
    this.#url = url.replace(/\/+$/, '');
    if (token !== undefined) this.#headers = { authorization: `token ${token}` };
  }

  /** Signs in; later calls carry the session. */
  async signIn(email: string, password: string): Promise<void> {
    const answer = await this.#send('POST', '/rest/sessions', {
      data: { type: 'session', attributes: { email, password } },
    });
    await answer.arrayBuffer();
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
    this.#headers = { cookie: cookie.join('; ') };
  }

  async orgId(): Promise<string> {
    const self = await this.#call('GET', '/rest/self', documentOf(Self));
    const id = self.data.attributes.default_org_context;
    if (id === undefined) throw new PlatformError(404, 'This login belongs to no organization.');
    return id;
  }

  async createIntegration(orgId: string, type: string, name: string): Promise<string> {
    const body = {
      data: { type: 'integration', attributes: { integration_type: type, profile_name: name } },
    };
    const made = await this.#call('POST', `/rest/orgs/${orgId}/integrations`, documentOf(Integration), body);
    return made.data.id;
  }

  async deleteIntegration(orgId: string, id: string): Promise<void> {
    await (await this.#send('DELETE', `/rest/orgs/${orgId}/integrations/${id}`)).arrayBuffer();
  }

  async createBrokerToken(orgId: string, integrationId: string): Promise<string> {
    const path = `/rest/orgs/${orgId}/integrations/${integrationId}/broker_tokens`;
    return (await this.#call('POST', path, documentOf(BrokerToken))).data.attributes.token;
  }

  async integrations(orgId: string): Promise<Integration[]> {
    return this.#all(`/rest/orgs/${orgId}/integrations`, Integration);
  }

  async integration(orgId: string, id: string): Promise<Integration> {
    return (await this.#call('GET', `/rest/orgs/${orgId}/integrations/${id}`, documentOf(Integration))).data;
  }

  async checkConnection(orgId: string, integrationId: string): Promise<ConnectionCheck> {
    const path = `/rest/orgs/${orgId}/integrations/${integrationId}/connection_checks`;
    return (await this.#call('POST', path, documentOf(ConnectionCheck))).data;
  }

  async setPolicy(orgId: string, integrationId: string, policy: ImportPolicy): Promise<void> {
    const path = `/rest/orgs/${orgId}/container_import/${integrationId}/policy`;
    const body = { data: { type: 'container_registry_import_policy', attributes: { policy } } };
    await this.#call('POST', path, documentOf(ImportPolicyResource), body);
  }

  /** The newest sync run of an integration. */
  async latestRun(orgId: string, integrationId: string): Promise<SyncRun | undefined> {
    const path = `/rest/orgs/${orgId}/integrations/${integrationId}/sync_runs?limit=10`;
    return (await this.#call('GET', path, pageOf(SyncRun))).data[0];
  }

  async projects(orgId: string): Promise<Project[]> {
    return this.#all(`/rest/orgs/${orgId}/projects`, Project);
  }

  async importVex(orgId: string, name: string, document: object): Promise<VexDocument> {
    const body = { data: { type: 'vex_document', attributes: { name, document } } };
    const path = `/rest/orgs/${orgId}/vex_documents`;
    return (await this.#call('POST', path, documentOf(VexDocument), body)).data;
  }

  async vexDocuments(orgId: string): Promise<VexDocument[]> {
    return this.#all(`/rest/orgs/${orgId}/vex_documents`, VexDocument);
  }

  async deleteVex(orgId: string, id: string): Promise<void> {
    const path = `/rest/orgs/${orgId}/vex_documents/${encodeURIComponent(id)}`;
    await (await this.#send('DELETE', path)).arrayBuffer();
  }

  /** What to change about the image of a project, for issues of a severity and worse ones. */
  async fixAdvice(orgId: string, projectId: string, severity: string): Promise<FixAdvice['attributes']> {
    const path = `/rest/orgs/${orgId}/projects/${projectId}/fixes?severity=${severity}`;
    return (await this.#call('GET', path, documentOf(FixAdvice))).data.attributes;
  }

  /** The projects whose name begins so. */
  async projectsNamed(orgId: string, name: string): Promise<Project[]> {
    const named = `names_start_with=${encodeURIComponent(name)}`;
    return this.#all(`/rest/orgs/${orgId}/projects?${named}`, Project);
  }

  async advisoryFeeds(): Promise<AdvisoryFeedStatus[]> {
    return (await this.#call('GET', '/rest/advisories', pageOf(AdvisoryFeedStatus))).data;
  }

  /** The state of the platform's parts, by name; `ok` for each that works. */
  async readiness(): Promise<Record<string, string>> {
    try {
      const answer = await fetch(`${this.#url}/readyz`, { signal: AbortSignal.timeout(callTimeoutMs) });
      const state = (await answer.json()) as { checks?: Record<string, string> };
      return state.checks ?? {};
    } catch (cause) {
      throw unreachable(this.#url, cause);
    }
  }

  async #all<T extends z.ZodType>(path: string, resource: T): Promise<z.infer<T>[]> {
    const found: z.infer<T>[] = [];
    let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}limit=100`;
    while (next !== undefined) {
      const page: z.infer<ReturnType<typeof pageOf<T>>> = await this.#call('GET', next, pageOf(resource));
      found.push(...page.data);
      next = page.links.next;
    }
    return found;
  }

  async #call<T extends z.ZodType>(
    method: string,
    path: string,
    schema: T,
    body?: unknown,
  ): Promise<z.infer<T>> {
    const answer = await this.#send(method, path, body);
    return schema.parse(await answer.json());
  }

  async #send(method: string, path: string, body?: unknown): Promise<Response> {
    const url = new URL(path, this.#url);
    if (url.pathname.startsWith('/rest/')) url.searchParams.set('version', apiVersion);
    let answer: Response;
    try {
      answer = await fetch(url, {
        method,
        headers: { ...this.#headers, ...(body === undefined ? {} : { 'content-type': jsonApiMediaType }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(callTimeoutMs),
      });
    } catch (cause) {
      throw unreachable(this.#url, cause);
    }
    if (answer.ok) return answer;
    const text = await answer.text();
    const parsed = ErrorDocument.safeParse(JSON.parse(text.startsWith('{') ? text : '{}'));
    const detail = parsed.success
      ? parsed.data.errors.map((error) => error.detail).join('; ')
      : text.slice(0, 200);
    throw new PlatformError(
      answer.status,
      `${method} ${url.pathname} was answered with ${answer.status}: ${detail}`,
    );
  }
}

function unreachable(url: string, cause: unknown): CommandError {
  const reason = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message;
  return new CommandError(
    exitCodes.unavailable,
    `No platform answers at ${url}: ${reason}\nStart it ("plimsoll up" or "plimsoll platform"), or name another with --url.`,
    { cause },
  );
}
