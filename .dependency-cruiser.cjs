const { existsSync, readdirSync, readFileSync } = require('node:fs');

// The layering of the packages: data flows one way, and a package may import only what stands before it here.
const allowed = {
  objectives: [],
  kl: [],
  'gold-eval': [],
  runtime: [],
  data: ['runtime'],
  'language-model': ['runtime'],
  trainer: ['objectives', 'data', 'kl', 'gold-eval', 'runtime', 'language-model'],
  distributed: ['runtime', 'trainer'],
  workflow: ['runtime'],
  pipeline: ['objectives', 'data', 'gold-eval', 'runtime', 'language-model', 'trainer'],
  studies: [
    'objectives',
    'data',
    'kl',
    'gold-eval',
    'runtime',
    'language-model',
    'trainer',
    'workflow',
    'pipeline',
  ],
  cli: [
    'objectives',
    'data',
    'kl',
    'gold-eval',
    'runtime',
    'language-model',
    'trainer',
    'distributed',
    'workflow',
    'pipeline',
    'studies',
  ],
  'create-ais-objective': [],
};

const layers = Object.entries(allowed).map(([name, uses]) => ({
  name: `layering-${name}`,
  comment: `@ais/${name} may import ${uses.length ? uses.join(', ') : 'no other package of the workspace'}.`,
  severity: 'error',
  from: { path: `^packages/${name}/src` },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...uses].join('|')})/` },
}));

/** The folders of a place, in order: each may import only what stands before it here, and what lies beside them in src. */
const folders = {
  'language-model': [
    'files',
    'kernels',
    'batch',
    'layers',
    'families',
    'network',
    'generation',
    'model',
    'checkpoint',
    'testing',
  ],
  'gold-eval': [
    'statistics',
    'win-rate',
    'frontier',
    'seeds',
    'requests',
    'scoring',
    'chat',
    'judges',
    'node',
  ],
  objectives: [
    'contract',
    'numerics',
    'losses',
    'metrics',
    'importance',
    'pairs',
    'objectives',
    'contrib',
    'testing',
  ],
  trainer: [
    'group',
    'optimizer',
    'run',
    'diagnosis',
    'loop',
    'inference',
    'objective',
    'evaluation',
    'stages',
  ],
  pipeline: ['settings', 'models', 'corpus', 'pairs', 'registries', 'steps', 'export', 'commands'],
  studies: [
    'data',
    'figures',
    'report',
    'measures',
    'methods',
    'charts',
    'claims',
    'settings',
    'study',
    'exact',
    'paper',
    'beyond',
    'demo',
    'demo-model',
    'catalog',
    'configuration',
    'stages',
    'plan',
    'collect',
    'training-runs',
    'study-report',
    'live',
    'run',
  ],
  benchmarks: ['inputs', 'sides', 'processes', 'measurement', 'benchmarks', 'render', 'command'],
};

/** Where the sources of a package are, or of another place beside the packages. */
const sourcesOf = (name) => (name === 'benchmarks' ? 'benchmarks/src' : `packages/${name}/src`);

const folderOrder = Object.entries(folders).flatMap(([name, order]) =>
  order.map((folder, index) => ({
    name: `folders-${name}-${folder}`,
    comment: `In ${sourcesOf(name)}, ${folder}/ may import ${order.slice(0, index).join(', ') || 'no other folder'}.`,
    severity: 'error',
    from: { path: `^${sourcesOf(name)}/${folder}/`, pathNot: '\\.test\\.ts$' },
    to: {
      path: `^${sourcesOf(name)}/([^/]+/|(index|bin|side)\\.ts$)`,
      pathNot: `^${sourcesOf(name)}/(${order.slice(0, index + 1).join('|')})/`,
    },
  })),
);

/** The files that packages export, which others import by the package's name. */
const entryPoints = readdirSync('packages').flatMap((name) => {
  const manifest = `packages/${name}/package.json`;
  if (!existsSync(manifest)) return [];
  const { exports = {} } = JSON.parse(readFileSync(manifest, 'utf8'));
  const files = Object.values(exports).map((target) => target['@ais/source'] ?? target);
  return files.map((file) => `^packages/${name}/${file.replace(/^\.\//, '').replaceAll('.', '\\.')}$`);
});

module.exports = {
  forbidden: [
    ...layers,
    ...folderOrder,
    {
      name: 'only-public-entry-points',
      comment:
        'What is outside a package imports only what the package exports; tests may share what they test with.',
      severity: 'error',
      from: { path: '^(packages/[^/]+|benchmarks|tools|examples)/' },
      to: { path: '^packages/', pathNot: ['^$1/', '^packages/[^/]+/test/', ...entryPoints] },
    },
    {
      name: 'nothing-ships-tests',
      comment:
        'Benchmarks, tools, examples, and tests stand beside the packages, which ship nothing of theirs.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '\\.test\\.ts$' },
      to: { path: '^(benchmarks|tools|examples|packages/[^/]+/test)/' },
    },
    {
      name: 'no-tensors-in-data-and-gold-eval',
      comment: '@ais/data and @ais/gold-eval know no tensors, nor does anything that they import.',
      severity: 'error',
      from: { path: '^packages/(data|gold-eval)/src', pathNot: '\\.test\\.ts$' },
      to: { path: '@tensorflow', reachable: true },
    },
    {
      name: 'backends-only-in-runtime',
      comment: 'Only @ais/runtime may import a TensorFlow.js back end.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '^packages/runtime/' },
      to: { path: '@tensorflow/tfjs-(backend|node)' },
    },
    {
      name: 'commands-begin-at-once',
      comment:
        'Every command loads the whole of packages/cli/src: it imports where it is used what help does without. With @ais/pipeline a command takes twice as long to begin.',
      severity: 'error',
      from: { path: '^packages/cli/src', pathNot: '\\.test\\.ts$' },
      to: {
        path: '^packages/',
        pathNot: ['^packages/(cli|runtime)/', '^packages/pipeline/src/settings/'],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/dist/' },
    },
    {
      name: 'not-to-dev-dependency',
      comment: 'What ships may import only what package.json declares for its users.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src', pathNot: '(\\.test\\.ts|/testing/)' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional'],
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages|examples|tools)/[^/]+/dist/|^benchmarks/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    skipAnalysisNotInRules: true,
    enhancedResolveOptions: {
      // Nothing changes while it reads.
      cachedInputFileSystem: { cacheDuration: 1_800_000 },
      exportsFields: ['exports'],
      conditionNames: ['@ais/source', 'import', 'types', 'node', 'default'],
    },
  },
};
