import type { RunReport } from '../../../workflows/contracts/journal';
import { cliConfig } from '../terminal/config';
import { CliFailure } from '../terminal/exit-codes';
import { explainError } from '../terminal/explain-error';

/** The record of a run, from Temporal or else from the control database; throws CliFailure when neither has it. */
export async function fetchReport(run: string): Promise<RunReport> {
  const { controlReadUrl } = cliConfig();
  try {
    return await fromTemporal(run);
  } catch (error) {
    const { message, exitCode } = explainError(error);
    if (controlReadUrl === null)
      throw new CliFailure(exitCode, `${message}\nThe control database was not asked: set RUNBOOKS_CONTROL_READ_URL to an auditor's login.`);
    const { readStoredReport } = await import('./stored-report');
    const stored = await readStoredReport(controlReadUrl, run);
    if (stored) return stored;
    throw new CliFailure(exitCode, `${message}\nThe control database has no record of "${run}" either.`);
  }
}

async function fromTemporal(run: string): Promise<RunReport> {
  const { withTemporal, queryRun } = await import('../terminal/temporal');
  const { resolveRun } = await import('./known-runs');
  return withTemporal(undefined, async (temporal) => {
    const id = await resolveRun(temporal, run);
    const report = await queryRun<RunReport>(temporal, id, 'report');
    if (report.endedAt !== null) return report;
    const { status, closeTime } = await temporal.client.workflow.getHandle(id).describe();
    return closeTime === undefined ? report : cutShort(report, status.name, closeTime);
  });
}

/** The record of a run that could not write down its own end. */
const cutShort = (report: RunReport, status: string, at: Date): RunReport => ({
  ...report,
  outcome: status === 'TERMINATED' ? 'terminated' : 'failed',
  endedAt: at.toISOString(),
});
