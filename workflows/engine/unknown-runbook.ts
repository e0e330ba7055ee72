import { workflowInfo } from '@temporalio/workflow';
import { didYouMean } from '../contracts/did-you-mean';
import { RUNBOOK_IDS } from '../names';
import { closing } from './failure';

/** Answers every workflow type that does not exist: fails at once with UnknownRunbook and the nearest names. */
export function unknownRunbook(): Promise<never> {
  const asked = workflowInfo().workflowType.slice(0, 200);
  return Promise.reject(
    closing('UnknownRunbook', `No runbook is named "${asked}".${didYouMean(asked, RUNBOOK_IDS)} "runbook list" shows every one.`),
  );
}
