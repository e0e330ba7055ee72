import type { Client } from 'pg';
import { runHandle, type RunHandle, type World } from './world';

/** Puts the shelf back to how a world begins with it. */
export const resetShelf = (admin: Client): Promise<unknown> =>
  admin.query(`insert into app.shelf values ('apples', 1), ('pears', 2), ('plums', 0) on conflict (name) do update set amount = excluded.amount`);

/** A `dropForGood` that is paused before its gate opens, so that messages can come early. */
export async function dropPaused({ client, taskQueue }: Pick<World, 'client' | 'taskQueue'>, id: string): Promise<RunHandle> {
  await client.workflow.signalWithStart('dropForGood', {
    workflowId: id,
    taskQueue,
    args: [{ target: 'shop', by: 'rita' }],
    signal: 'pause',
    signalArgs: [{ by: 'olga' }],
  });
  return runHandle(client.workflow.getHandle(id), id);
}
