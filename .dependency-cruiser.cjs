/**
 * Who may import whom: one row per room. CONTRIBUTING.md says it in words; this file enforces it.
 * Each comment is written to the person who trips the rule.
 */
const SDK = '^node_modules/@okta/';
const STORE_DRIVERS = '^node_modules/(knex|pg|pg-query-stream)/';
const DUCKDB = '^node_modules/@duckdb/';

/** What a room may import of the others, and why it may not import more. */
const ROOMS = {
  runtime: [
    ['domain'],
    'src/runtime holds the run context and cancellation. It knows nothing of what the run does.',
  ],
  config: [['domain', 'runtime'], 'Settings are parsed here and passed on; nothing else happens.'],
  okta: [
    ['domain', 'config', 'runtime'],
    'src/okta reads Okta and writes rows to the sink it is given. It does not know the store, the rules, the analysis, the snapshot or the reports.',
  ],
  'opti-id': [
    ['domain', 'config', 'runtime'],
    'src/opti-id reads Opti ID, from the store or over SCIM, and writes rows to the sink it is given. It does not know Okta, the rules, the analysis, the snapshot or the reports.',
  ],
  snapshot: [
    ['domain', 'runtime'],
    'The sealed bundle is written and opened here; who fills it and who judges it are not its business.',
  ],
  collect: [
    ['domain', 'config', 'runtime', 'okta', 'opti-id', 'snapshot'],
    'Collecting ends with a sealed snapshot. It judges, plans and reports nothing, and says how far it is by events.',
  ],
  analysis: [
    ['domain', 'runtime', 'rules', 'snapshot'],
    'Everything after the seal works offline, from files. If the analysis needs something from Okta or the store, collect it into the snapshot first.',
  ],
  plan: [
    ['domain', 'rules', 'analysis', 'snapshot'],
    'A plan is made from findings and tried on a copy of the snapshot; it reads neither Okta nor the store, and formats no report.',
  ],
  runs: [
    ['domain', 'rules', 'runtime', 'snapshot'],
    'src/runs writes, finds, compares and removes the folders of runs; it judges nothing.',
  ],
  report: [
    ['domain', 'rules', 'runtime'],
    'Reports are made from the result of a run and the metadata of rules; they read nothing themselves.',
  ],
  doctor: [
    ['domain', 'config', 'runtime', 'okta', 'opti-id', 'snapshot', 'runs'],
    'The doctor asks each room what it needs and whether it is there; it audits nothing.',
  ],
  notify: [
    ['domain', 'rules', 'config', 'runtime', 'report'],
    'A notification says how a run ended, and reads nothing.',
  ],
  audit: [
    [
      'domain',
      'rules',
      'config',
      'runtime',
      'okta',
      'opti-id',
      'snapshot',
      'collect',
      'analysis',
      'plan',
      'runs',
      'report',
      'notify',
    ],
    'The road uses every room below it and knows no terminal.',
  ],
  fleet: [
    ['domain', 'config', 'runtime', 'audit', 'runs'],
    'The fleet starts audits as processes of their own. It reads the runs that they leave, and neither Okta nor the store.',
  ],
  share: [
    ['domain', 'config', 'runtime', 'snapshot', 'analysis', 'runs', 'audit'],
    'A run is shared as it is, or as a redacted snapshot that takes the same road again; nothing is judged here.',
  ],
  sandbox: [
    ['domain'],
    'The sample org must not share code with what it tests, beyond the words of the domain.',
  ],
};

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'domain-imports-nothing',
      comment:
        'src/domain holds the words of the field as types and pure functions. If you need I/O, a clock or a library here, the function belongs to another room.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'rules-stand-on-domain-only',
      comment:
        'A rule is data and one query (or one pure generator). It must not reach for I/O, a clock, a logger or another rule: put what two rules share into a derived table in src/analysis or a pure function in src/domain.',
      severity: 'error',
      from: { path: '^src/rules/', pathNot: '^src/rules/(index|needs|over-scim)\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'rule-index-lists-rules',
      comment: 'The generated index imports the rules and nothing else but the domain.',
      severity: 'error',
      from: { path: '^src/rules/index\\.ts$' },
      to: { pathNot: '^src/(rules|domain)/' },
    },
    ...Object.entries(ROOMS).map(([room, [allowed, comment]]) => ({
      name: `${room}-imports-what-the-table-allows`,
      comment,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^(src|cli|test)/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'nobody-imports-the-cli',
      comment: 'cli/ is the executable. What others need from it belongs into src/.',
      severity: 'error',
      from: { pathNot: '^(cli|test)/' },
      to: { path: '^cli/' },
    },
    {
      name: 'product-does-not-import-tests',
      comment: 'Test support is for tests and development scripts.',
      severity: 'error',
      from: { path: '^(src|cli)/', pathNot: '^cli/dev/' },
      to: { path: '^test/' },
    },
    {
      name: 'only-okta-talks-to-okta',
      comment:
        'The Okta SDK is loaded in src/okta alone, and only the parts that sign and send (the whole costs seconds and 90 MB), behind the GET-only choke point.',
      severity: 'error',
      from: { pathNot: '^(src/okta|test)/' },
      to: { path: SDK },
    },
    {
      name: 'only-opti-id-talks-to-the-store',
      comment:
        'knex and pg live in src/opti-id alone, behind the read-only transaction; src/fleet has a database of its own.',
      severity: 'error',
      from: { pathNot: '^(src/opti-id|src/fleet|test)/' },
      to: { path: STORE_DRIVERS },
    },
    {
      name: 'only-the-fleet-uses-its-queue',
      comment:
        'pg-boss and what comes with it are loaded by the fleet commands alone: no audit waits for them.',
      severity: 'error',
      from: { pathNot: '^(src/fleet|test)/' },
      to: { path: '^node_modules/(pg-boss|prom-client|s3mini|yaml|luxon)/' },
    },
    {
      name: 'only-the-engine-uses-duckdb',
      comment: 'DuckDB is opened in src/analysis/engine alone; other rooms take its results.',
      severity: 'error',
      from: { pathNot: '^(src/analysis/engine|test)/' },
      to: { path: DUCKDB },
    },
    {
      name: 'no-circles',
      comment: 'A circle means that two files are one idea, or that one of them holds two.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable',
      comment: 'This import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
