import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlDatabase } from '../../../activities/control/database';
import { fenceAtControl } from '../../../activities/control/ledger';
import { newestSamples, storeSample } from '../../../activities/control/samples';
import { enter } from '../../../activities/effects/enter';
import { startPostgres, type PostgresPart } from '../../../scripts/parts/postgres-server';

let server: PostgresPart;
let control: ControlDatabase;

beforeAll(async () => {
  server = await startPostgres({ major: 18, dataDirectory: join(mkdtempSync(join(tmpdir(), 'rb-control-')), 'data'), durable: false });
  control = new ControlDatabase({ url: `postgresql://rb_journal:journal@${server.host}:${server.port}/postgres` });
  await control.migrate(server.url());
});
afterAll(async () => {
  await control.close();
  await server.stop('immediate');
});

/** Enters the ledger of a cluster as a change of a run with this token. */
const enterWith = (systemIdentifier: string, token: number): Promise<unknown> =>
  control.ledger.use(systemIdentifier, 'rb:test', (session) => {
    const step = { workflowId: 'test', firstRunId: 'test', runbook: 'test', step: `step ${token}`, stepNumber: 1 };
    const row = { key: `${systemIdentifier}/${token}`, state: 'claimed' as const, step, operation: 'test', token, address: 'test' };
    return enter(session, { guard: null }, row, { buildsOn: [] });
  });

test('each cluster has a fence of its own, which only rises; a run of a lower token stays out', async () => {
  expect(await fenceAtControl(control.ledger, '7000000000000000001')).toBe(0);
  await enterWith('7000000000000000001', 7);
  expect(await fenceAtControl(control.ledger, '7000000000000000001')).toBe(7);
  expect(await fenceAtControl(control.ledger, '7000000000000000002')).toBe(0);
  const late = enterWith('7000000000000000001', 6);
  await expect(late).rejects.toMatchObject({ type: 'Superseded' });
});

test('samples come back newest first, and a moment without a primary is one too', async () => {
  const seen = { node: 'node1', timeline: 1, lsn: '0/3000000', syncNames: '', members: [{ name: 'node2', sync: 'async' }] };
  const samples = await control.ledger.use('7000000000000000001', 'rb:test', async (session) => {
    await storeSample(session, '7000000000000000001', seen);
    await storeSample(session, '7000000000000000001', null);
    await storeSample(session, '7000000000000000002', seen);
    return newestSamples(session, '7000000000000000001');
  });
  expect(samples.map(({ primary }) => primary)).toEqual([null, seen]);
});

test('the login of the journal may neither delete from the ledger nor change its own records', async () => {
  const changed = control.ledger.use('7000000000000000001', 'rb:test', (session) => session.client.query('delete from runbooks_control.ledger'));
  await expect(changed).rejects.toMatchObject({ code: '42501' });
});
