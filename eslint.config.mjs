import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: a default export loses its name at every import.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Export by name: a default export loses its name at every import.' },
];

const noClock = [
  { selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]', message: 'Decisions take their times from run.startedAt.' },
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'Decisions take their times from run.startedAt.' },
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'Decisions take no random values; run.id is unique.' },
  { selector: 'CallExpression[callee.name=/^(setTimeout|setInterval|setImmediate)$/]', message: 'Wait with run.waitUntil.' },
];

const pureFlow = [
  { selector: 'TryStatement', message: 'A failing step parks the run and offers choices; a flow catches nothing.' },
  { selector: 'NewExpression[callee.name="Date"]', message: 'A flow has no clock: use run.startedAt, or let the server compare times.' },
  { selector: 'Program > VariableDeclaration[kind!="const"]', message: 'Module state is shared by all runs: keep it in the flow.' },
  {
    selector: 'Program > ExportNamedDeclaration > VariableDeclaration[kind!="const"]',
    message: 'Module state is shared by all runs: keep it in the flow.',
  },
  {
    selector:
      ':not(AwaitExpression, ReturnStatement, ArrowFunctionExpression) > CallExpression[callee.object.name="run"]:not([callee.property.name="finishIf"])',
    message: 'Verbs are sequential: await or return this one.',
  },
];

export default defineConfig(
  globalIgnores(['dist', 'coverage', '.demo', 'test/goldens', 'test/replay']),
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An implementation of an asynchronous interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', ...noDefaultExport],
    },
  },
  // Matchers such as expect.stringContaining are typed any.
  { files: ['test/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  {
    files: ['workflows/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'require'],
      'no-restricted-syntax': ['error', ...noDefaultExport, ...noClock],
    },
  },
  { files: ['workflows/engine/**', 'workflows/entities/**'], rules: { 'no-restricted-syntax': ['error', ...noDefaultExport] } },
  { files: ['workflows/runbooks/**'], rules: { 'no-restricted-syntax': ['error', ...noDefaultExport, ...noClock, ...pureFlow] } },
  { files: ['workflows/index.ts', 'test/support/runbooks/index.ts', 'test/support/global-*.ts'], rules: { 'no-restricted-syntax': 'off' } },
  { files: ['**/*.{js,mjs,cjs}'], extends: [tseslint.configs.disableTypeChecked] },
  { files: ['*.config.{js,mjs}', '**/*.cjs'], rules: { 'no-restricted-syntax': 'off', '@typescript-eslint/no-require-imports': 'off' } },
);
