import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CATEGORIES, type Category, JOBS, type Job, jobLetters } from '../../src/domain/rule.ts';
import { ROOT } from './rule-files.ts';

/**
 * Writes the two files of a new rule, which pass as they are and say nothing of use yet:
 * `npm run new-rule -- group-life/group-is-haunted` or, for a rule of the night alone, the same and `D`.
 */
const [wanted = '', letters = ''] = process.argv.slice(2);
const [section = '', id = ''] = wanted.split('/');

/** What a rule of a section is about: how its rows are found, and a world with one and one without. */
interface Shape {
  subject: string;
  sql: string;
  evidence: string;
  clean: string;
  flagged: string;
  finds: string;
}

const GROUP: Shape = {
  subject: 'group',
  sql: `
    select name as subject, okta_group_id as okta_id, null::varchar as opti_id, type
    from okta_group
    where name = 'Haunted'
    order by subject, okta_id`,
  evidence: `type: 'Type of the Okta group'`,
  clean: `world.oktaGroup('Sales')`,
  flagged: `world.oktaGroup('Haunted')`,
  finds: `subject: 'Haunted', opti_id: null, evidence: { type: 'OKTA_GROUP' }`,
};

const USER: Shape = {
  subject: 'user',
  sql: `
    select email as subject, okta_user_id as okta_id, null::varchar as opti_id, status
    from okta_user
    where email = 'ghost@example.com'
    order by subject, okta_id`,
  evidence: `status: 'Status of the user in Okta'`,
  clean: `world.oktaUser({ email: 'ada@example.com' })`,
  flagged: `world.oktaUser({ email: 'ghost@example.com' })`,
  finds: `subject: 'ghost@example.com', opti_id: null, evidence: { status: 'ACTIVE' }`,
};

const MEMBERSHIP: Shape = {
  subject: 'membership',
  sql: `
    select
      okta_user.email || ' → ' || okta_group.name as subject,
      okta_user_id as okta_id,
      null::varchar as opti_id,
      concat_ws('|', okta_group_id, okta_user_id) as identity,
      okta_group.name as group_name,
      okta_group_id
    from snapshot.okta_group_members
    join okta_group using (okta_group_no)
    join okta_user using (okta_user_no)
    where okta_group.name = 'Haunted'
    order by subject, identity`,
  evidence: `group_name: 'Name of the group', okta_group_id: 'Okta id of the group'`,
  clean: `world.oktaGroup('Sales', [world.oktaUser({ email: 'ada@example.com' })])`,
  flagged: `world.oktaGroup('Haunted', [world.oktaUser({ email: 'ada@example.com' })])`,
  finds: `subject: 'ada@example.com → Haunted', opti_id: null, evidence: { group_name: 'Haunted' }`,
};

const EVENT: Shape = {
  subject: 'event',
  sql: `
    select
      event_type as subject,
      null::varchar as okta_id,
      null::varchar as opti_id,
      event_id as identity,
      event_id,
      published
    from snapshot.okta_log_events
    where event_type = 'haunted'
    order by subject, identity`,
  evidence: `event_id: 'Id of the event', published: 'When it was'`,
  clean: `world.logEvent('application.provision.user.sync')`,
  flagged: `world.logEvent('haunted')`,
  finds: `subject: 'haunted', okta_id: null, opti_id: null`,
};

/** Those of the configuration are one function in place of a query. */
const SHAPES: Readonly<Record<Exclude<Category, 'configuration'>, Shape>> = {
  'group-names': GROUP,
  'group-life': GROUP,
  membership: MEMBERSHIP,
  users: USER,
  access: USER,
  'system-log': EVENT,
};

/** The jobs by their letters; a System Log is read for the night alone. */
function jobsOf(category: Category): Job[] {
  const given = letters === '' ? (category === 'system-log' ? 'D' : 'PD') : letters;
  return JOBS.filter((job) => given.includes(jobLetters({ when: [job] })));
}

/** What both kinds of rule say about themselves. */
function about(category: Category, subject?: string): string {
  return `id: '${id}',
  when: [${jobsOf(category)
    .map((job) => `'${job}'`)
    .join(', ')}],
  severity: 'warning',${
    subject === undefined
      ? ''
      : `
  subject: '${subject}',`
  }
  who: 'Okta admin',
  title: 'One line, as a headline',
  why: 'Why it matters, for readers who have not read the article.',
  source: 'Where the rule comes from.',`;
}

function sqlRule(category: Category, { subject, sql, evidence }: Shape): string {
  return `import { defineSqlRule } from '../../domain/rule.ts';

export default defineSqlRule({
  ${about(category, subject)}
  sql: \`${sql}\`,
  evidence: { ${evidence} },
  detail: ({ subject }) => \`\${subject} is not as it should be.\`,
  fix: 'What to do about it.',
});
`;
}

function configurationRule(): string {
  return `import { defineScimAppRule } from '../../domain/rule.ts';

export default defineScimAppRule({
  ${about('configuration')}
  expected: 'What the setting should be',
  fix: 'What to do about it.',
  evidence: { label: 'Name of the app' },
  judge: (app) => {
    if (app.label !== 'Haunted') return { outcome: 'pass', actual: app.label };
    return {
      outcome: 'fail',
      actual: app.label,
      detail: \`The SCIM app \${app.label} is not as it should be.\`,
      evidence: { label: app.label },
    };
  },
});
`;
}

const CONFIGURATION_WORLDS: Pick<Shape, 'clean' | 'flagged' | 'finds'> = {
  clean: `world.changeScimApp({ label: 'Opti ID SCIM' })`,
  flagged: `world.changeScimApp({ label: 'Haunted' })`,
  finds: `subject: 'Haunted', okta_id: '0oaScim', evidence: { label: 'Haunted' }`,
};

function ruleTest({ clean, flagged, finds }: Pick<Shape, 'clean' | 'flagged' | 'finds'>): string {
  return `import { testRule } from '../../support/rule-tester.ts';

testRule('${id}', {
  clean: [
    // One for each condition of the rule.
    {
      world: 'why nothing is wrong here, as a sentence',
      given: (world) => {
        ${clean};
      },
    },
  ],
  flagged: [
    {
      world: 'what is wrong here, as a sentence',
      given: (world) => {
        ${flagged};
      },
      finds: [{ ${finds} }],
    },
  ],
});
`;
}

const category = CATEGORIES.find((each) => each === section);
const paths = ['src/rules', 'test/rules'].map((folder, test) =>
  join(ROOT, folder, section, `${id}${test ? '.test' : ''}.ts`),
);
if (category === undefined || !/^[a-z]+(-[a-z]+)*$/u.test(id) || !/^(P|D|PD)?$/u.test(letters)) {
  console.error(
    `Usage: npm run new-rule -- <section>/<id> [P|D|PD], where a section is ${CATEGORIES.join(', ')}.`,
  );
  process.exitCode = 2;
} else if (paths.some((path) => existsSync(path))) {
  console.error(`${wanted} exists already.`);
  process.exitCode = 2;
} else {
  const texts =
    category === 'configuration'
      ? [configurationRule(), ruleTest(CONFIGURATION_WORLDS)]
      : [sqlRule(category, SHAPES[category]), ruleTest(SHAPES[category])];
  for (const [at, path] of paths.entries()) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, texts[at] ?? '');
  }
  console.log(`Written: ${paths.join(', ')}. Fill both in, then run npm run generate.`);
}
