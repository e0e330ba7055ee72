import { SYSTEMS } from '../workflows/contracts/header';
import { operationList } from './generate/operation-list';
import { operationSources } from './generate/operation-sources';
import { loadRunbooks } from './generate/sources';
import { projectRoot } from './parts/project-root';

// `npm run operations [area]` lists what exists: look here before you write an operation.
const root = projectRoot();
const [area] = process.argv.slice(2);

async function main(): Promise<void> {
  const operations = operationSources(root).filter(({ system }) => area === undefined || system === area);
  if (operations.length === 0) throw new Error(`No operation is in the area "${area ?? ''}"; the areas are ${SYSTEMS.join(', ')}.`);
  console.log(operationList(operations, await loadRunbooks(root)));
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
