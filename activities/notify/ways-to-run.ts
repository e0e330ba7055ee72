/** The address of a run in the Temporal UI. */
export const runLink = ({ url, namespace }: { readonly url: string; readonly namespace: string }, runId: string): string =>
  `${url.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(runId)}`;

/** The command that approves one plan of a run at one gate. */
export const approveCommand = (runId: string, { plan, gate }: { readonly plan: string; readonly gate: number }): string =>
  `runbook approve ${shellWord(runId)} --plan ${shellWord(plan)} --gate ${gate}`;

// An id is chosen by whoever starts the run, and this line is made to be pasted into a shell.
function shellWord(text: string): string {
  return /^[\w./:@+=][\w./:@+=-]*$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
