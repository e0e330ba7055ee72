import { ApplicationFailure } from '@temporalio/workflow';
import type { WorkflowInterceptorsFactory, WorkflowInternalsInterceptor } from '@temporalio/workflow';
import { NOT_YET } from '../../contracts/messages';

type Activation = Parameters<NonNullable<WorkflowInternalsInterceptor['activate']>>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];

/**
 * Refuses to run ahead of the server.
 *
 * A query that waited while its worker was dead comes with the whole history, and that may end with events whose workflow task nobody
 * has started yet. The SDK (1.24.0) feeds those to the workflow too; a message that then arrives with the real task is handled after
 * them, whereas every replay handles it before them: the run could never be replayed again. Events without a task of their own are
 * known by the workflow's clock, which only a started task moves on. Failing here fails the query alone and drops the run from the
 * worker's cache, so the real task starts from a clean replay.
 */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let last: Activation | undefined;
  return {
    internals: [
      {
        activate(input, next) {
          const { activation } = input;
          if (last && bringsNews(activation) && !activation.isReplaying && isLonger(activation, last) && !isLater(activation, last)) {
            const failure = ApplicationFailure.create({ type: 'NotYet', message: NOT_YET });
            failure.stack = '';
            throw failure;
          }
          if (activation.timestamp) last = activation;
          next(input);
        },
      },
    ],
  };
};

const isLonger = (now: Activation, before: Activation): boolean => (now.historyLength ?? 0) > (before.historyLength ?? 0);

function isLater({ timestamp: now }: Activation, { timestamp: before }: Activation): boolean {
  const seconds = Number(now?.seconds ?? 0) - Number(before?.seconds ?? 0);
  return seconds > 0 || (seconds === 0 && (now?.nanos ?? 0) > (before?.nanos ?? 0));
}

const bringsNews = ({ jobs }: Activation): boolean => (jobs ?? []).some(isNews);
const isNews = (job: Job): boolean =>
  Boolean(
    job.fireTimer ??
    (job.resolveActivity && !job.resolveActivity.isLocal ? job.resolveActivity : null) ??
    job.signalWorkflow ??
    job.doUpdate ??
    job.cancelWorkflow ??
    job.resolveChildWorkflowExecutionStart ??
    job.resolveChildWorkflowExecution ??
    job.resolveSignalExternalWorkflow ??
    job.resolveRequestCancelExternalWorkflow,
  );
