import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { ControlDatabase } from '../../../activities/control/database';
import { applyMigrations } from '../../../activities/control/migrate';
import { MIGRATIONS } from '../../../activities/control/migrations';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';
import { report, step } from './sample-report';

describe.each([15, 18] as const)('the control database on PostgreSQL %i', (major) => {
  let folder: string;
  let server: PostgresPart;
  let control: ControlDatabase;
  let admin: Client;
  const urlOf = (user: string): string => `postgresql://${user}:o%20k@127.0.0.1:${server.port}/postgres`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'control-'));
    server = await startPostgres({ major, dataDirectory: join(folder, 'data'), durable: false });
    control = new ControlDatabase({ url: urlOf('rb_journal'), readUrl: urlOf('rb_auditor') });
    await control.migrate(server.url());
    admin = new Client(server.url());
    await admin.connect();
  });

  afterAll(async () => {
    await admin?.end();
    await control?.close();
    await server?.stop('immediate');
    rmSync(folder, { recursive: true, force: true });
  });

  const count = async (statement: string, ...values: unknown[]): Promise<number> => {
    const { rows } = await admin.query<{ count: number }>(`select count(*)::int as count from ${statement}`, values);
    return rows[0]?.count ?? -1;
  };

  async function as(user: string, statement: string): Promise<string> {
    const client = new Client(urlOf(user));
    await client.connect();
    try {
      await client.query(statement);
      return 'done';
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await client.end();
    }
  }

  it('migrates again, and twice at once, without a change', async () => {
    const applied = await count('runbooks_control.migration');
    await Promise.all([control.migrate(server.url()), control.migrate(server.url())]);
    expect(await count('runbooks_control.migration')).toBe(applied);
    expect(applied).toBe(MIGRATIONS.length);
  });

  it('refuses a migration whose text has changed since it was applied', async () => {
    const changed = MIGRATIONS.map((migration) => ({ ...migration, statements: `${migration.statements} ` }));
    await expect(applyMigrations(admin, changed)).rejects.toThrow('was applied with another text');
  });

  it('leaves nothing of a migration that fails', async () => {
    const broken = { number: 99, name: 'broken', statements: 'create table runbooks_control.half (); select 1/0' };
    await expect(applyMigrations(admin, [broken])).rejects.toThrow('division by zero');
    expect(await count(`pg_tables where tablename = 'half'`)).toBe(0);
  });

  it('keeps every version of a record and each finished step once', async () => {
    const open = step(2, { outcome: 'running' });
    delete (open as { endedAt?: string }).endedAt;
    await control.storeReport(report('a', { steps: [step(1), open] }), '# a', '<p>a');
    await control.storeReport(
      report('a', { phase: 'done', outcome: 'done', endedAt: '2026-01-01T03:01:00.000Z', steps: [step(1), step(2)] }),
      '# a',
      '<p>a',
    );
    expect(await count('runbooks_control.report where workflow_id = $1', 'a')).toBe(2);
    expect(await count('runbooks_control.journal where workflow_id = $1', 'a')).toBe(2);
    expect((await control.latestReport('a'))?.outcome).toBe('done');
    expect(await control.latestReport('nobody')).toBeNull();
  });

  it('stores text that PostgreSQL cannot hold as it is', async () => {
    const summary = 'zero \0, half \uD800, kept \\u0000 and \u{1F600}';
    await control.storeReport(report('odd', { summary }), summary, summary);
    expect((await control.latestReport('odd'))?.summary).toBe('zero \uFFFD, half \uFFFD, kept \\u0000 and \u{1F600}');
  });

  it('answers null where records cannot be read back', async () => {
    const blind = new ControlDatabase({ url: urlOf('rb_journal') });
    expect([blind.canRead, await blind.latestReport('a')]).toEqual([false, null]);
    await blind.close();
  });

  it.each(['report', 'journal'])('gives the logins one right each on %s', async (table) => {
    const name = `runbooks_control.${table}`;
    for (const statement of [`select 1 from ${name}`, `update ${name} set workflow_id = ''`, `delete from ${name}`, `truncate ${name}`]) {
      expect([statement, await as('rb_journal', statement)]).toEqual([statement, '42501']);
    }
    expect(await as('rb_auditor', `select 1 from ${name}`)).toBe('done');
    for (const statement of [
      `insert into ${name} default values`,
      `update ${name} set workflow_id = ''`,
      `delete from ${name}`,
      `truncate ${name}`,
    ]) {
      expect([statement, await as('rb_auditor', statement)]).toEqual([statement, '42501']);
    }
  });

  it.each(['report', 'journal', 'notification'])('refuses changes of %s even to its owner, and with triggers in replica mode', async (table) => {
    for (const role of ['origin', 'replica']) {
      await admin.query(`set session_replication_role = ${role}`);
      for (const change of [
        `update runbooks_control.${table} set ${table === 'notification' ? 'about' : 'workflow_id'} = ''`,
        `delete from runbooks_control.${table}`,
        `truncate runbooks_control.${table}`,
      ]) {
        await expect(admin.query(change)).rejects.toThrow('records are append only');
      }
    }
    await admin.query('reset session_replication_role');
  });

  it('keeps a message once, and finds it by its id and by what it is about', async () => {
    const sent = {
      id: 'n1',
      about: 'run-1',
      recipient: 'on-call',
      channel: 'chat',
      reference: 'C1:1.1',
      failed: [{ channel: 'pager', because: 'away' }],
    };
    await control.notifications.keep(sent);
    await control.notifications.keep({ ...sent, channel: 'another' });
    await control.notifications.keep({ ...sent, id: 'n2 \0', reference: null, failed: [] });
    expect(await control.notifications.recall('n1', 'nothing')).toEqual([sent]);
    expect((await control.notifications.recall('unknown', 'run-1')).map(({ id }) => id)).toEqual(['n2 \uFFFD', 'n1']);
    expect((await control.notifications.recall('n2 \0', 'nothing'))[0]?.reference).toBeNull();
  });

  it('lets the journal add and read messages, and the auditor read them', async () => {
    expect(await as('rb_journal', `update runbooks_control.notification set about = ''`)).toBe('42501');
    expect(await as('rb_journal', 'delete from runbooks_control.notification')).toBe('42501');
    expect(await as('rb_auditor', 'select 1 from runbooks_control.notification')).toBe('done');
    expect(await as('rb_auditor', `insert into runbooks_control.notification values ('x')`)).toBe('42501');
  });

  it('gives up within two seconds while the table is locked', async () => {
    await admin.query('begin; lock table runbooks_control.report in access exclusive mode');
    const began = performance.now();
    await expect(control.storeReport(report('late'), '', '')).rejects.toThrow(/timeout/);
    expect(performance.now() - began).toBeLessThan(2_500);
    await admin.query('rollback');
    await control.storeReport(report('late'), '', '');
    expect(await count('runbooks_control.report where workflow_id = $1', 'late')).toBe(1);
  });
});

it('gives up within two seconds on a server that takes connections and never answers', async () => {
  const silent: Server = createServer(() => undefined).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const control = new ControlDatabase({ url: `postgresql://rb@127.0.0.1:${(silent.address() as AddressInfo).port}/x` });
  const began = performance.now();
  await expect(control.storeReport(report('never'), '', '')).rejects.toThrow(/timeout/);
  expect(performance.now() - began).toBeLessThan(2_500);
  await control.close();
  silent.close();
});
