import type { Command } from 'commander';
import { newCommand } from '../command-shape';
import { entryOf, readCatalogue } from '../catalogue';
import { goldensOf } from '../goldens';
import { printJson, say } from '../printing';
import { entryText } from '../entry-text';

/** `runbook show <runbook>`: what it does, takes and demands; works without Temporal. */
export const show = (): Command =>
  newCommand(
    'show <runbook>',
    'shows a runbook: when to use it, its inputs, its gate, an example',
    'runbook show upgradeExtension',
    'runbook show upgradeExtension --sql',
  )
    .option('--sql', 'prints the statements of its operations too')
    .action((name: string, { json, sql }: { json?: boolean; sql?: boolean }) => {
      const entry = entryOf(readCatalogue(), name);
      const goldens = sql ? goldensOf(entry) : [];
      if (json) return printJson(sql ? { ...entry, sql: goldens } : entry);
      say(entryText(entry));
      if (!sql) return;
      if (!goldens.length)
        return say('\nNo recorded statements of its operations lie in test/goldens/statements; "runbook plan" shows those that would run.');
      for (const { path, text } of goldens) say(`\n-- ${path}\n${text.trimEnd()}`);
    });
