// Lints texts as if they stood at given paths: reads [{ path, text }] from stdin, prints the rules that each one breaks.
// A process of its own, because the configuration is an ES module.
import { readFileSync } from 'node:fs';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

// The paths need not exist, so typed rules cannot judge them.
const eslint = new ESLint({ cwd: process.cwd(), overrideConfig: [tseslint.configs.disableTypeChecked] });
const answers = [];
for (const { path, text } of JSON.parse(readFileSync(0, 'utf8'))) {
  const [result] = await eslint.lintText(text, { filePath: path });
  answers.push(result.messages.map((message) => `${message.ruleId ?? 'parse error'}: ${message.message}`));
}
const typed = await new ESLint({ cwd: process.cwd() }).calculateConfigForFile('workflows/engine/any.ts');
console.log(JSON.stringify({ answers, floatingPromises: typed.rules['@typescript-eslint/no-floating-promises'][0] }));
