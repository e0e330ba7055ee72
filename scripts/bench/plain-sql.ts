import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Client } from 'pg';
import { rendered, type Sql } from '../../activities/sql/sql';
import { readStock, setStock } from './operations';
import { TARGET } from './setting';

type Write = { readonly name: string; readonly amount: number };

const query = async (client: Client, { text, values }: Sql): Promise<readonly Record<string, unknown>[]> =>
  (await client.query(text, [...values])).rows as Record<string, unknown>[];

async function inTransaction<T>(client: Client, begin: string, body: () => Promise<T>): Promise<T> {
  await client.query(begin);
  try {
    const result = await body();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const READ_ONLY = 'begin transaction isolation level repeatable read read only';

/** The SQL of the read, without the kernel. */
export const readPlainly = (client: Client, name: string): Promise<{ amount: number }> =>
  inTransaction(client, READ_ONLY, async () => (await query(client, readStock.statement({ target: TARGET, name })))[0] as { amount: number });

export const previewPlainly = (client: Client, name: string): Promise<unknown> =>
  inTransaction(client, READ_ONLY, () => query(client, setStock.before.statement({ target: TARGET, name, amount: 0 })));

/** The SQL of the write in one transaction, without identity check, fence and ledger. */
export const writePlainly = (client: Client, { name, amount }: Write): Promise<string> =>
  inTransaction(client, 'begin', async () => {
    const input = { target: TARGET, name, amount };
    await query(client, setStock.before.statement(input));
    for (const statement of statementsOf(input)) await query(client, statement);
    const [verdict] = await query(client, setStock.verify(input, []));
    if (verdict?.['holds'] !== true) throw new Error(`${name} is not set`);
    return String(verdict['seen']);
  });

/** Whether a psql is on PATH. */
export async function hasPsql(): Promise<boolean> {
  return run('psql', ['--version']).then(
    () => true,
    () => false,
  );
}

/** One step by a psql process of its own; a write is one transaction. */
export async function psql(url: URL, statements: readonly Sql[]): Promise<void> {
  const options = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...(statements.length > 1 ? ['-1'] : [])];
  const where = ['-h', url.hostname, '-p', url.port, '-U', url.username, '-d', url.pathname.slice(1)];
  await run('psql', [...options, ...where, ...statements.flatMap((statement) => ['-c', rendered(statement)])], {
    env: { ...process.env, PGPASSWORD: decodeURIComponent(url.password) },
  });
}

export const readSql = (name: string): readonly Sql[] => [readStock.statement({ target: TARGET, name })];

export function writeSql({ name, amount }: Write): readonly Sql[] {
  const input = { target: TARGET, name, amount };
  return [setStock.before.statement(input), ...statementsOf(input), setStock.verify(input, [])];
}

const statementsOf = (input: { target: string; name: string; amount: number }): readonly Sql[] => [setStock.statement(input, [])].flat();

const run = promisify(execFile);
