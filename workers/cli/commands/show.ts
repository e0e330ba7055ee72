import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { entryOf, readCatalogue } from '../../catalogue/catalogue';
import { printJson, say } from '../terminal/printing';
import { entryText } from '../runbooks/entry-text';
import { readStatementPages } from '../runbooks/statement-pages';

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
      const pages = sql ? readStatementPages(entry) : [];
      if (json) return printJson(sql ? { ...entry, sql: pages } : entry);
      say(entryText(entry));
      if (!sql) return;
      if (!pages.length) return say('\nIts operations have no page in docs/statements; "runbook plan" shows the statements that would run.');
      for (const { path, text } of pages) say(`\n-- ${path}\n${text.trimEnd()}`);
    });
