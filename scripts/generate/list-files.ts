import type { GeneratedFile } from './generated-file';
import { indexFile, namesFile, operationModulesFile } from './index-file';
import { operationFiles } from './operation-files';
import { entityFiles, runbookFiles } from './sources';

/** The files that list what exists; they are made of file names, so that nothing has to be compiled or loaded for them. */
export function listFiles(root: string): GeneratedFile[] {
  const runbooks = runbookFiles(root);
  return [
    { path: 'workflows/index.ts', text: indexFile([...runbooks, ...entityFiles(root)]) },
    { path: 'workflows/names.ts', text: namesFile(runbooks) },
    { path: 'workers/worker/operation-modules.ts', text: operationModulesFile(operationFiles(root)) },
  ];
}
