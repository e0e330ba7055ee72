import { workflowInfo } from '@temporalio/workflow';
import { didYouMean } from '../../pure/did-you-mean';
import { RUNBOOK_IDS } from '../../names';
import { closing } from './exit';

/** Answers every workflow type that does not exist: fails at once with UnknownRunbook and the nearest names. */
export function unknownRunbook(): Promise<never> {
  const asked = workflowInfo().workflowType.slice(0, 200);
  return Promise.reject(
    closing('UnknownRunbook', `No runbook is named "${asked}".${didYouMean(asked, RUNBOOK_IDS)} "runbook list" shows every one.`),
  );
}
