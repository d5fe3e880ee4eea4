// The order of imports, top to bottom: a folder of src/ may import itself and every folder of a lower row, never one
// of its own row or above. `npm run imports` fails otherwise.
const layers = [
  ['cli'],
  ['http', 'health', 'desk', 'octo', 'ops', 'reconciliation', 'retention'],
  ['reservation'],
  ['inventory', 'order', 'events'],
  ['auth', 'catalog', 'partner'],
  ['database', 'observability', 'config', 'contract'],
  ['domain'],
];

// The only neighbours that know each other.
const neighbours = {
  database: ['observability', 'config'],
  observability: ['config'],
};

// They put everything together and may import all.
const roots = [
  'app.module.ts',
  'app.setup.ts',
  'archive.ts',
  'cli.ts',
  'main.ts',
  'migrate.ts',
  'reconcile.ts',
  'terminal.ts',
];

const anyOf = (names) => `(${names.map((name) => name.replaceAll('.', '\\.')).join('|')})`;
const src = (folders) => `^src/${anyOf(folders)}/`;
const rootFiles = (files) => `^src/${anyOf(files)}$`;

const layerRules = layers.flatMap((row, index) =>
  row.map((folder) => {
    const allowed = [folder, ...(neighbours[folder] ?? []), ...layers.slice(index + 1).flat()];
    return {
      name: `layers-${folder}`,
      comment: `src/${folder} may import only: ${allowed.join(', ')}`,
      from: { path: src([folder]) },
      to: { path: '^src/', pathNot: src(allowed) },
    };
  }),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'every-folder-has-a-layer',
      comment: 'Give the folder a row in the table of .dependency-cruiser.cjs',
      from: { path: '^src/', pathNot: [src(layers.flat()), rootFiles(roots)] },
      to: {},
    },
    {
      name: 'domain-is-pure',
      comment: 'src/domain imports nothing but itself: no package, nothing of Node',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'no-test-code-in-the-product',
      from: { path: '^(src|db)/' },
      to: { path: '^(test|bench)/' },
    },
    {
      name: 'db-knows-nothing-of-src',
      from: { path: '^db/' },
      to: { path: '^src/' },
    },
    {
      name: 'embedded-server-only-where-it-starts',
      from: {
        path: '^src/',
        pathNot: [
          rootFiles(['archive.ts', 'cli.ts', 'main.ts', 'migrate.ts', 'reconcile.ts', 'terminal.ts']),
          src(['database', 'cli']),
        ],
      },
      to: { path: '^db/' },
    },
    {
      name: 'no-circles',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing',
      from: {
        orphan: true,
        pathNot: [
          rootFiles(['archive.ts', 'cli.ts', 'main.ts', 'migrate.ts', 'reconcile.ts', 'terminal.ts']),
          '\\.d\\.ts$',
          '\\.spec\\.ts$',
          '^test/(support/global-|mutation/)',
          '^[^/]+$',
          '^(bench|scripts)/',
        ],
      },
      to: {},
    },
    {
      name: 'no-dev-dependency-in-the-product',
      from: { path: '^(src|db)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'The package is not in package.json',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-deprecated-core',
      from: {},
      to: { dependencyTypes: ['core'], path: '^(node:)?(constants|domain|punycode|sys|_linklist|_stream_wrap)$' },
    },
    {
      name: 'no-deprecated-package',
      from: {},
      to: { dependencyTypes: ['deprecated'] },
    },
    {
      name: 'no-unresolvable',
      from: {},
      to: { couldNotResolve: true },
    },
  ].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(dist|coverage|reports|\\.data)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true, // `import type` counts as well
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
