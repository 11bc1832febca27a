/**
 * Who may import whom. The table in CONTRIBUTING.md says it in words; this file makes it stick.
 * Each comment is written to the person who trips the rule.
 */
const SDK = '^node_modules/@okta/';
const STORE_DRIVERS = '^node_modules/(knex|pg|pg-query-stream)/';
const DUCKDB = '^node_modules/@duckdb/';

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
      from: { path: '^src/rules/', pathNot: '^src/rules/index\\.ts$' },
      to: { pathNot: '^src/domain/' },
    },
    {
      name: 'rule-index-lists-rules',
      comment: 'The generated index imports the rules and nothing else but the domain.',
      severity: 'error',
      from: { path: '^src/rules/index\\.ts$' },
      to: { pathNot: '^src/(rules|domain)/' },
    },
    {
      name: 'okta-knows-only-okta',
      comment:
        'src/okta reads Okta and hands rows to a sink given to it. It does not know the store, the rules, the analysis, the snapshot or the reports.',
      severity: 'error',
      from: { path: '^src/okta/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(okta|domain|config)/' },
    },
    {
      name: 'opti-id-knows-only-the-store',
      comment:
        'src/opti-id reads the Opti ID store and hands rows to a sink given to it. It does not know Okta, the rules, the analysis, the snapshot or the reports.',
      severity: 'error',
      from: { path: '^src/opti-id/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(opti-id|domain|config)/' },
    },
    {
      name: 'snapshot-knows-only-domain',
      comment:
        'The sealed bundle is written and opened here; who fills it and who judges it are not its business.',
      severity: 'error',
      from: { path: '^src/snapshot/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(snapshot|domain)/' },
    },
    {
      name: 'analysis-works-from-the-snapshot',
      comment:
        'Everything after the seal works offline, from files. If the analysis needs something from Okta or the store, collect it into the snapshot first.',
      severity: 'error',
      from: { path: '^src/analysis/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(analysis|domain|rules|snapshot)/' },
    },
    {
      name: 'plan-and-report-take-results',
      comment:
        'Plans and reports are made from the result of a run and the metadata of rules; they read nothing themselves.',
      severity: 'error',
      from: { path: '^src/(plan|report)/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(plan|report|domain|rules)/' },
    },
    {
      name: 'config-knows-only-domain',
      comment: 'Settings are parsed here and passed on; nothing else happens.',
      severity: 'error',
      from: { path: '^src/config/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(config|domain)/' },
    },
    {
      name: 'sandbox-stands-apart',
      comment: 'The sample org must not share code with what it tests, beyond the words of the domain.',
      severity: 'error',
      from: { path: '^src/sandbox/' },
      to: { path: '^(src|cli|test)/', pathNot: '^src/(sandbox|domain)/' },
    },
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
        'The Okta SDK is loaded in src/okta alone (it costs seconds and 90 MB), behind the GET-only choke point.',
      severity: 'error',
      from: { pathNot: '^(src/okta|test)/' },
      to: { path: SDK },
    },
    {
      name: 'only-opti-id-talks-to-the-store',
      comment: 'knex and pg live in src/opti-id alone, behind the read-only transaction.',
      severity: 'error',
      from: { pathNot: '^(src/opti-id|test)/' },
      to: { path: STORE_DRIVERS },
    },
    {
      name: 'only-analysis-uses-duckdb',
      comment: 'DuckDB is the engine of src/analysis; other rooms take its results.',
      severity: 'error',
      from: { pathNot: '^(src/analysis|test)/' },
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
