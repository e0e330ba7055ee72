/** Set by the global set-up of the project `real`: who provides what test files share, and where their files go. */
export const PARTS_VARIABLE = 'PG_RUNBOOKS_TEST_PARTS';
export const FOLDER_VARIABLE = 'PG_RUNBOOKS_TEST_FOLDER';

/** The folder of this test run; it is removed at its end. */
export const runFolder = (): string => variable(FOLDER_VARIABLE);

/** The address of the run's Temporal server, which is started for the first file that asks. */
export const sharedTemporal = async (): Promise<string> => ask('temporal', 'address');

/** A new namespace on the run's Temporal server: its locks and runs are this file's own. */
export const takeNamespace = async (): Promise<string> => ask('namespace', 'namespace');

/** The bundle of the runbooks, those of the tests among them. */
export const testBundle = async (): Promise<string> => ask('bundle', 'path');

async function ask(what: string, field: string): Promise<string> {
  const response = await fetch(`${variable(PARTS_VARIABLE)}/${what}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return (JSON.parse(text) as Record<string, string>)[field] ?? '';
}

function variable(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error('A test of the project "pure" asks for a server. Let it import test/support/shared, so that it counts as real.');
}
