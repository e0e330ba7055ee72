import { Client, type Pool } from 'pg';
import type { RunReport } from '../../workflows/contracts/journal';
import { ControlLedger } from './ledger';
import { grantLogins, loginOf } from './logins';
import { applyMigrations } from './migrate';
import { ControlNotifications } from './notifications';
import { poolFor, soon } from './soon';
import { storable } from './storable';

/** Where the control database is. */
export interface ControlUrls {
  /** The journal's login: it may insert, and nothing else. */
  readonly url: string;
  /** The auditor's login: it may read, and nothing else. */
  readonly readUrl?: string | undefined;
  /** The alert gateway's login: it keeps the inbox, and nothing else. */
  readonly gatewayUrl?: string | undefined;
}

/** Our own PostgreSQL, where the records of runs outlive Temporal's retention. Whoever stores must swallow: its absence never stops a run. */
export class ControlDatabase {
  private readonly writer: Pool;
  private readonly reader: Pool | null;
  /** The ledger for effects on servers that cannot record them. */
  readonly ledger: ControlLedger;
  /** The messages that were sent. */
  readonly notifications: ControlNotifications;

  constructor(private readonly urls: ControlUrls) {
    this.writer = poolFor(urls.url, 'rb:journal');
    this.ledger = new ControlLedger(urls.url);
    this.notifications = new ControlNotifications(urls.url);
    this.reader = urls.readUrl === undefined ? null : poolFor(urls.readUrl, 'rb:auditor');
  }

  /** Whether records can be read back: false without a `readUrl`. */
  get canRead(): boolean {
    return this.reader !== null;
  }

  /** Brings the schema up to date as its owner, and makes the logins that the URLs name; running it again changes nothing. */
  async migrate(adminUrl: string): Promise<void> {
    const client = new Client({ connectionString: adminUrl, application_name: 'rb:migrate', connectionTimeoutMillis: 10_000 });
    await client.connect();
    try {
      await applyMigrations(client);
      const { url, readUrl, gatewayUrl } = this.urls;
      await grantLogins(client, {
        journal: loginOf(url),
        auditor: readUrl === undefined ? null : loginOf(readUrl),
        gateway: gatewayUrl === undefined ? null : loginOf(gatewayUrl),
      });
    } finally {
      await client.end();
    }
  }

  /** Stores a record with its finished steps, in one statement; gives up within 2 seconds and throws. */
  async storeReport(report: RunReport, markdown: string, html: string): Promise<void> {
    const steps = report.steps.filter((step) => step.endedAt !== undefined && step.outcome !== 'running');
    const { workflowId, runId, runbook, target, phase, outcome } = report;
    const values = [workflowId, runId, runbook, target, phase, outcome, storable(report), storable(markdown), storable(html), storable(steps)];
    await soon(this.writer, { text: STORE, values });
  }

  /** The newest record of a run; null when there is none, or when it cannot be read back (`canRead`). */
  async latestReport(workflowId: string): Promise<RunReport | null> {
    if (!this.reader) return null;
    const rows = await soon(this.reader, { text: LATEST, values: [workflowId] });
    return (rows[0] as { report: RunReport } | undefined)?.report ?? null;
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    await Promise.all([this.writer.end(), this.reader?.end(), this.ledger.close(), this.notifications.close()]);
  }
}

// No conflict target: naming one would need the right to read its columns.
const STORE = `
with stored as (
  insert into runbooks_control.report (workflow_id, run_id, runbook, target, phase, outcome, report, markdown, html)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
)
insert into runbooks_control.journal (workflow_id, run_id, number, key, at, entry)
select $1, $2, (entry ->> 'number')::integer, entry ->> 'key', (entry ->> 'endedAt')::timestamptz, entry
from jsonb_array_elements($10::jsonb) as entry
on conflict do nothing`;

const LATEST = 'select report from runbooks_control.report where workflow_id = $1 order by id desc limit 1';
