import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Postgres } from 'pg';
import { ControlDatabase } from '../../activities/control/database';
import type { Orderable } from '../../activities/effects/carrier';
import type { Change } from '../../activities/effects/change';
import { observed } from '../../activities/effects/observed';
import type { WriteOperation } from '../../activities/effects/operation';
import { sqlEffect } from '../../activities/effects/sql-effect';
import { TargetSessions } from '../../activities/targets/connections';
import { registryOf } from '../../activities/targets/registry';
import { startPostgres } from '../../scripts/parts/postgres-server';
import { prepareTarget } from '../../scripts/parts/target-setup';
import { setAmount } from './operations';

export const CARRIERS = ['transaction', 'statements', 'observed'] as const;
export type CarrierName = (typeof CARRIERS)[number];

/** One small table that all carriers change by the same operation, `setAmount`, and their ledgers: no Temporal. */
export interface CarriersBed {
  readonly admin: Postgres;
  readonly sessions: TargetSessions;
  operationOf(carrier: CarrierName): Orderable;
  /** The state of an effect in the ledger that the carrier keeps; null where it has none. */
  stateOf(carrier: CarrierName, key: string): Promise<string | null>;
  stop(): Promise<void>;
}

export interface BedOptions {
  readonly major?: 15 | 18;
  /** What follows CREATE DATABASE shop. */
  readonly database?: string;
  /** Run in the database before anybody of ours connects. */
  readonly settings?: readonly string[];
}

const CLUSTER = '7000000000000000001';

export async function startCarriersBed({ major = 18, database = '', settings = [] }: BedOptions = {}): Promise<CarriersBed> {
  const folder = mkdtempSync(join(tmpdir(), 'rb-carriers-'));
  const postgres = await startPostgres({ major, dataDirectory: join(folder, 'data'), durable: false });
  const cluster = await connected(postgres.url());
  await cluster.query(`create database shop ${database}`);
  await cluster.query('create database control');
  for (const setting of settings) await cluster.query(setting);
  await cluster.end();
  const shop = await prepareTarget(postgres, { name: 'shop', database: 'shop', environment: 'test' });
  const admin = await connected(postgres.url('shop'));
  await admin.query(`create schema app; grant usage on schema app to rb_read, rb_own; create table app.shelf (name text primary key, amount int);
    alter table app.shelf owner to rb_own; grant select on app.shelf to rb_read`);
  const control = new ControlDatabase({ url: `postgresql://rb_journal:journal@${postgres.host}:${postgres.port}/control` });
  await control.migrate(postgres.url('control'));
  const records = await connected(postgres.url('control'));
  const sessions = new TargetSessions(registryOf({ targets: { shop } }));
  const ledgers = { transaction: [admin, 'runbooks'], statements: [admin, 'runbooks'], observed: [records, 'runbooks_control'] } as const;
  return {
    admin,
    sessions,
    operationOf: (carrier) => (carrier === 'observed' ? observedEffect(control, admin) : sqlEffect(sessions, pairOf(carrier))),
    stateOf: async (carrier, key) => {
      const [client, schema] = ledgers[carrier];
      const { rows } = await client.query<{ state: string }>(`select state from ${schema}.ledger where key = $1`, [key]);
      return rows[0]?.state ?? null;
    },
    stop: async () => {
      await Promise.all([sessions.close(), control.close(), admin.end(), records.end()]);
      await postgres.stop('immediate');
    },
  };
}

function pairOf(carrier: CarrierName): { name: string; operation: WriteOperation; undoName: string; undoing: WriteOperation } {
  const operation = { ...setAmount, repeat: carrier === 'transaction' ? 'transactional' : 'idempotent' } as unknown as WriteOperation;
  return { name: 'setAmount', operation, undoName: 'setAmount', undoing: operation };
}

/** The same operation on a world that keeps no records: it looks before it acts, and each look is a connection's own. */
function observedEffect(control: ControlDatabase, world: Postgres): Orderable {
  const carrier = observed((body) => control.ledger.use(CLUSTER, 'rb:test', body), 'the shelf');
  const amountOf = async (name: unknown): Promise<number | null> =>
    (await world.query<{ amount: number }>('select amount from app.shelf where name = $1', [name])).rows[0]?.amount ?? null;
  const change: Change = {
    name: 'setAmount',
    operation: setAmount,
    look: async ({ name }) => [{ name, amount: await amountOf(name) }],
    lines: ({ name, amount }) => [`${String(name)} = ${String(amount)}`],
    act: async ({ input: { name, amount }, sending, sent }) => {
      if ((await amountOf(name)) !== amount) {
        await sending();
        await world.query('update app.shelf set amount = $2 where name = $1', [name, amount]);
        await sent();
      }
      return { rows: null, notices: [] };
    },
    judge: async ({ name, amount }) => {
      const seen = await amountOf(name);
      return { holds: seen === amount, expected: String(amount), seen: String(seen) };
    },
  };
  return { toWrite: (_, __, body) => body({ carrier, change }), toUndo: (_, __, body) => body({ carrier, change, undoing: change }) };
}

async function connected(connectionString: string): Promise<Postgres> {
  const client = new Postgres({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
