import { randomBytes } from 'node:crypto';

/** A new workflow id `<runbook>/<target>/<YYYYMMDD-HHMMSS>-<4 random>` in UTC. */
export function newRunId(runbook: string, target: string, now: Date = new Date(), random: string = randomBytes(2).toString('hex')): string {
  const [day = '', clock = ''] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${runbook}/${target}/${day}-${clock}-${random}`;
}

/** The workflow id of an episode: the same for identical starts, so that they join. */
export const episodeRunId = (runbook: string, target: string, episode: string): string => `${runbook}/${target}/${episode}`;

/** The ids that a shortened one can mean: the exact one alone, else those that begin or end with it, or whose last part begins with it. */
export function candidates(given: string, ids: readonly string[]): string[] {
  if (ids.includes(given)) return [given];
  return [...new Set(ids)].filter((id) => id.startsWith(given) || id.endsWith(given) || (id.split('/').at(-1) ?? '').startsWith(given));
}

/** The target in a workflow id of ours, or an empty text. */
export const targetIn = (workflowId: string): string => workflowId.split('/')[1] ?? '';
