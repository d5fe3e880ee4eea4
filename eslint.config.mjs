import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const noDefaultExport = {
  selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
  message: 'No default exports: a thing has one name everywhere.',
};
const noBarrel = {
  selector: 'ExportAllDeclaration, ExportNamedDeclaration[source]',
  message: 'No barrel files: import from the file that has it.',
};
const noOptionalTx = {
  selector: [
    ':function > Identifier[optional=true] > TSTypeAnnotation > TSTypeReference[typeName.name="Tx"]',
    ':function > AssignmentPattern > Identifier > TSTypeAnnotation > TSTypeReference[typeName.name="Tx"]',
    ':function > Identifier > TSTypeAnnotation > TSUnionType > TSTypeReference[typeName.name="Tx"]',
  ].join(', '),
  message: 'A writer demands its transaction: an optional Tx is a write outside one, waiting to happen.',
};
const everywhere = [noDefaultExport, noBarrel, noOptionalTx];

const domainHasNoClockNorChance = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0], CallExpression[callee.name="Date"]',
    message: 'The domain has no clock: take the time as an argument.',
  },
  {
    selector: 'Identifier[name="randomUUID"], MemberExpression > Literal[value="randomUUID"]',
    message: 'The domain makes no ids: take them as arguments.',
  },
];

// A table has one writer; others read it, or ask its owner to write.
const writers = { product_inventory: 'inventory', channel_reservations: 'reservation' };
const writesOfOthersThan = (folder) =>
  Object.entries(writers)
    .filter(([, writer]) => writer !== folder)
    .map(([table, writer]) => {
      const write = `/\\b(INTO|UPDATE|DELETE FROM)\\s+${table}\\b/i`;
      return {
        selector: `Literal[value=${write}], TemplateElement[value.raw=${write}]`,
        message: `Only src/${writer} writes ${table}.`,
      };
    });

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'reports/', '.data/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error', // leaves files with decorators alone: Nest injects by value imports
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }], // row['cutoff_hours']
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off', // a DTO is a class for Swagger's sake: a literal will do
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.ts'],
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', 300], // more is two ideas
      'no-param-reassign': 'error',
      'no-restricted-syntax': ['error', ...everywhere],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...writesOfOthersThan('the rest')] },
  },
  ...Object.values(writers).map((folder) => ({
    files: [`src/${folder}/**/*.ts`],
    rules: { 'no-restricted-syntax': ['error', ...everywhere, ...writesOfOthersThan(folder)] },
  })),
  { files: ['src/**/*.ts'], ignores: ['src/main.ts'], rules: { 'no-console': 'error' } },
  {
    files: ['src/domain/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...everywhere, ...domainHasNoClockNorChance, ...writesOfOthersThan('domain')],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'The domain has no clock: take the time as an argument.' },
        { object: 'Math', property: 'random', message: 'The domain knows no chance.' },
      ],
      'no-restricted-globals': ['error', 'crypto', 'fetch', 'performance', 'process', 'setInterval', 'setTimeout'],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off', // expect.any() and its kin are `any`; reading one stays an error
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['test/support/global-*.ts'],
    rules: { 'no-restricted-syntax': ['error', noBarrel, noOptionalTx] }, // Jest calls their default export
  },
  {
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly' } },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  prettier,
);
