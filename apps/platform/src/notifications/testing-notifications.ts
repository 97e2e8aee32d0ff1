import { documentOf, NotificationChannel } from '@plimsoll/contracts';
import { createLogger, Secret } from '@plimsoll/runtime';
import { SMTPServer } from 'smtp-server';
import { createJobs, type JobQueue } from '../jobs/create-jobs.ts';
import { addTestFinding, addTestProjects } from '../projects/testing-images.ts';
import { attachKnown } from '../projects/project-writes.ts';
import { startTestPlatform } from '../testing-platform.ts';
import { createNotifications } from './index.ts';
import { startReceiver } from './testing-receiver.ts';

/** The key that the webhooks of these tests sign with. */
export const signingKey = 'the signing key of the receiver';

export type Mail = { readonly to: readonly string[]; readonly text: string };

export type NotificationWorld = Awaited<ReturnType<typeof startNotificationWorld>>;

/** A platform that can send, with an HTTP receiver and a mail server to send to. */
export async function startNotificationWorld() {
  const receiver = await startReceiver();
  const mails: Mail[] = [];
  const mailServer = createMailServer((mail) => mails.push(mail));
  await new Promise<void>((resolve) => void mailServer.listen(0, '127.0.0.1', resolve));
  const { port } = mailServer.server.address() as { port: number };
  const platform = await startTestPlatform({
    notifications: {
      encryptionKeys: [new Secret('a key for tests, 32 characters or more')],
      networks: ['127.0.0.0/8'],
      mailServer: { url: new Secret(`smtp://reader:pass@127.0.0.1:${port}`), from: 'plimsoll@example.test' },
    },
  });
  const channels = `/rest/orgs/${platform.orgId}/notification_channels`;
  const { id: integrationId } = await platform.db
    .insertInto('integration')
    .values({ org_id: platform.orgId, type: 'oci', profile_name: 'Harbor' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const owner = { orgId: platform.orgId, integrationId };
  const log = createLogger({ name: 'test', level: 'silent' });
  const notificationsOn = (jobs: JobQueue) =>
    createNotifications({
      db: platform.db,
      jobs,
      log,
      publicUrl: 'http://platform.test',
      settings: platform.notifications,
    });
  let queue: JobQueue | undefined;
  let images = 0;
  const nextDigest = () => `sha256:${(++images).toString(16).padStart(64, '0')}`;

  return {
    platform,
    receiver,
    mails,
    channels,
    integrationId,
    /** What functions that tell need. */
    deps: { db: platform.db, jobs: platform.jobs, publicUrl: 'http://platform.test' },

    /** Attributes of a webhook to the receiver. */
    webhook: (more: object = {}) => ({
      channel_type: 'webhook',
      url: receiver.url,
      secret: signingKey,
      ...more,
    }),

    async addChannel(attributes: object): Promise<NotificationChannel> {
      const body = { data: { type: 'notification_channel', attributes } };
      const answer = await platform.request('POST', channels, { body });
      if (answer.statusCode !== 201) throw new Error(`${answer.statusCode} ${answer.body}`);
      return documentOf(NotificationChannel).parse(answer.json()).data;
    },

    notifications: () => notificationsOn(platform.jobs),

    /** Runs what the platform has enqueued, and what that enqueues. */
    async work(): Promise<void> {
      const { connectionString } = platform.database;
      queue = createJobs({ connectionString, log, retryDelaySeconds: { first: 1, cap: 1 } });
      await queue.start(notificationsOn(queue).jobs, { work: true });
    },

    /** Makes packages `name@version` known, with their findings; answers with the id of the last one. */
    async know(packages: Known): Promise<number> {
      const digest = nextDigest();
      const image = { digest, packages: Object.keys(packages) };
      await addTestProjects(platform.db, owner, [`known/${digest.slice(-4)}:1`], image);
      let packageId = 0;
      for (const [name, findings] of Object.entries(packages)) {
        for (const finding of findings) {
          packageId = await addTestFinding(platform.db, name.split('@')[0] ?? '', finding);
        }
      }
      return packageId;
    },

    /** Makes a project show another image, as a scan that ends does. */
    async show(name: string, packages: readonly string[]): Promise<void> {
      const digest = nextDigest();
      // The image is another project's first, so that it is known.
      await addTestProjects(platform.db, owner, [`other/${digest.slice(-4)}:1`], { digest, packages });
      const [projectId = ''] = await addTestProjects(platform.db, owner, [name]);
      const { id: imageId } = await platform.db
        .selectFrom('image')
        .select('id')
        .where('digest', '=', digest)
        .executeTakeFirstOrThrow();
      await attachKnown(platform.db, [{ projectId, imageId, scannedAt: new Date() }]);
    },

    /** Forgets channels, projects and what came in. */
    async reset(): Promise<void> {
      await queue?.stop(1_000);
      queue = undefined;
      receiver.state.answer = () => ({ status: 200 });
      receiver.received.length = 0;
      mails.length = 0;
      await platform.db.deleteFrom('notification_channel').execute();
      await platform.db.deleteFrom('target').execute();
    },

    async stop(): Promise<void> {
      await queue?.stop(1_000);
      await platform.stop();
      await receiver.stop();
      await new Promise<void>((resolve) => mailServer.close(resolve));
    },
  };
}

type Known = Readonly<Record<string, readonly Parameters<typeof addTestFinding>[2][]>>;

/** A mail server that knows one account, and no `gone@` anywhere. */
function createMailServer(take: (mail: Mail) => void): SMTPServer {
  return new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === 'reader' && password === 'pass' ? done(null, { user: 'reader' }) : done(new Error('no')),
    onRcptTo: ({ address }, _session, done) =>
      address.startsWith('gone@')
        ? done(Object.assign(new Error('no such person'), { responseCode: 550 }))
        : done(),
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        take({ to, text: Buffer.concat(parts).toString('utf8').replaceAll('=\r\n', '') });
        done();
      });
    },
  });
}
