import { Client } from 'pg';
import type { RunReport } from '../../../workflows/contracts/journal';
import { EXIT, CliFailure, usage } from '../terminal/exit-codes';

/** The newest stored record of a run, whose id may be shortened; null where none is stored. Throws CliFailure when the database does not answer within 5 seconds. */
export async function readStoredReport(url: string, run: string): Promise<RunReport | null> {
  const client = new Client({ connectionString: url, application_name: 'rb:cli', connectionTimeoutMillis: 5_000, query_timeout: 10_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ workflow_id: string; report: RunReport }>(NEWEST, [run]);
    if (rows.length > 1 && rows[0]?.workflow_id !== run)
      throw usage([`"${run}" can mean several stored runs; give more of the id:`, ...rows.map((row) => `  ${row.workflow_id}`)].join('\n'));
    return rows[0]?.report ?? null;
  } catch (error) {
    if (error instanceof CliFailure) throw error;
    throw new CliFailure(EXIT.unreachable, `The control database gives no record (${(error as Error).message}). Check RUNBOOKS_CONTROL_READ_URL.`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const NEWEST = `
select workflow_id, report from (
  select distinct on (workflow_id) workflow_id, report
    from runbooks_control.report
   where workflow_id = $1 or starts_with(workflow_id, $1) or right(workflow_id, length($1)) = $1
   order by workflow_id, stored_at desc) as newest
 order by workflow_id <> $1, workflow_id limit 20`;
