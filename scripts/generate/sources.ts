import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SYSTEMS, type RunbookHeader } from '../../workflows/contracts/header';

/** A file of `workflows` that holds one workflow: its path without ending, and the name that it must export. */
export interface WorkflowFile {
  /** For example `runbooks/pg-tviews/drain-refresh-queue`. */
  readonly path: string;
  readonly exported: string;
}

/** A runbook as the catalogue knows it: its header, its file and its text. */
export interface RunbookSource extends WorkflowFile {
  readonly header: RunbookHeader;
  readonly source: string;
}

/** Words of a kebab-case name as camelCase. */
export const camelCase = (kebab: string): string => kebab.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** The runbook files of the project, by export name. */
export const runbookFiles = (root: string): WorkflowFile[] => SYSTEMS.flatMap((system) => filesIn(root, `runbooks/${system}`)).sort(byExport);

/** The entity files of the project, by export name. */
export const entityFiles = (root: string): WorkflowFile[] => filesIn(root, 'entities').sort(byExport);

/** The order of every generated list: it must not depend on a locale. */
export const byExport = (a: WorkflowFile, b: WorkflowFile): number => (a.exported < b.exported ? -1 : 1);

/** Loads every runbook; throws with each file whose export or header id is not its name. */
export async function loadRunbooks(root: string): Promise<RunbookSource[]> {
  const problems: string[] = [];
  const loaded: RunbookSource[] = [];
  for (const file of runbookFiles(root)) {
    const module = (await import(join(codeRoot(), 'workflows', file.path))) as Record<string, { header?: RunbookHeader } | undefined>;
    const header = module[file.exported]?.header;
    if (!header) problems.push(`workflows/${file.path}.ts exports no runbook "${file.exported}"`);
    else if (header.id !== file.exported) problems.push(`workflows/${file.path}.ts: the header's id is "${header.id}", not "${file.exported}"`);
    else loaded.push({ ...file, header, source: readFileSync(join(root, 'workflows', `${file.path}.ts`), 'utf8') });
  }
  if (problems.length) throw new Error(problems.join('\n'));
  return loaded;
}

/** Where the running code lies: `dist` once compiled, the project itself in tests. */
const codeRoot = (): string => join(__dirname, '..', '..');

function filesIn(root: string, folder: string): WorkflowFile[] {
  const absolute = join(root, 'workflows', folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ path: `${folder}/${basename(name, '.ts')}`, exported: camelCase(basename(name, '.ts')) }));
}
