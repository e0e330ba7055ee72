import { setTimeout as sleep } from 'node:timers/promises';
import { NOT_YET } from '../../workflows/contracts/messages';

const TRIES = 20;

/** Asks a query again where the worker was just taking the run over (the engine's unfinished-task). */
export async function askAgain<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (!left || !(error instanceof Error) || !error.message.includes(NOT_YET)) throw error;
      await sleep(100);
    }
  }
}
