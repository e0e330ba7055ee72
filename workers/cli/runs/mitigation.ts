import type { CatalogueEntry } from '../../catalogue/catalogue';
import { findTypedEntry } from '../../catalogue/with-schemas';
import { usage } from '../terminal/exit-codes';
import type { MessageOptions } from './message-command';

export interface MitigateOptions extends MessageOptions {
  readonly runbook?: string;
  readonly set?: readonly string[];
  readonly input?: string;
}

/** The runbook of a mitigation and its input without the target, typed and checked as by `start`; empty without a runbook. Throws CliFailure with every problem. */
export async function mitigationOf({ runbook, set, input }: MitigateOptions): Promise<{ readonly runbook?: string; readonly input?: object }> {
  if (runbook === undefined) {
    if (set ?? input) throw usage('--set and --input are inputs of a runbook: name it with --runbook.');
    return {};
  }
  const entry = await findTypedEntry(runbook);
  if (entry.system === 'incident') throw usage(`${entry.id} responds to an incident and fixes nothing: start it with "runbook start ${entry.id}".`);
  const { inputOf } = await import('./typed-input');
  return { runbook: entry.id, input: inputOf(onTheIncidentsTarget(entry), { set, input }) };
}

/** The target is the incident's; nobody can give another. */
function onTheIncidentsTarget(entry: CatalogueEntry): CatalogueEntry {
  const { target: _, ...properties } = entry.input.properties ?? {};
  const required = (entry.input.required ?? []).filter((key) => key !== 'target');
  return { ...entry, input: { ...entry.input, properties, required } };
}
