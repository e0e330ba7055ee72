import { readRegistry, type Registry, type Target } from '../../../activities/targets/registry';
import { cliConfig } from '../terminal/config';
import { usage } from '../terminal/exit-codes';

/** The targets of the targets file; throws InvalidInput with every problem. */
export const registry = (): Registry => readRegistry(cliConfig().targetsFile);

/** The target of a name; throws UnknownTarget with the nearest names. */
export const target = (name: string): Target => registry().find(name);

/** A target's environment where the targets file is at hand, else null; throws UnknownTarget where the file has no such name. */
export function environmentOf(name: string): string | null {
  let known: Registry;
  try {
    known = registry();
  } catch {
    // An operator's machine need not have the workers' file.
    return null;
  }
  return known.find(name).environment;
}

/** The system identifier that a target's lock is named after; throws where targets.yaml expects none. */
export function systemIdentifierOf(name: string): string {
  const { expects } = target(name);
  if (expects) return expects.systemIdentifier;
  throw usage(
    `targets.yaml has no "expects" for ${name}, so its lock has no name yet. Run "runbook targets probe ${name}" and paste what it prints.`,
  );
}
