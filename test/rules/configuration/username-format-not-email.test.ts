import { testRule } from '../../support/rule-tester.ts';
import type { World } from '../../support/world.ts';

const template = (text: string) => ({
  given: (world: World) => world.changeScimApp({ username_template: text, username_template_type: 'CUSTOM' }),
});

testRule('username-format-not-email', {
  clean: [
    { world: 'the template is the e-mail', given: () => {} },
    { world: 'the template lower-cases it', ...template('${fn:toLowerCase(source.email)}') },
    { world: 'an expression lower-cases it', ...template('String.toLowerCase(user.email)'), job: 'drift' },
    { world: 'a custom format is the e-mail of the Okta user', ...template('${user.email}') },
    { world: 'an expression is the e-mail of the Okta user', ...template(' user.email'), job: 'drift' },
    { world: 'the template upper-cases it', ...template('${fn:toUpperCase(source.email)}') },
    { world: 'a method lower-cases it', ...template(' source.email.toLowerCase() ') },
  ],
  flagged: [
    {
      world: 'the template is the Okta user name',
      ...template('${source.login}'),
      finds: [{ subject: 'Opti ID SCIM', okta_id: '0oaScim', evidence: { template: '${source.login}' } }],
    },
    {
      world: 'the template is the second e-mail',
      ...template('${source.secondEmail}'),
      job: 'drift',
      finds: [{ evidence: { template: '${source.secondEmail}' } }],
    },
    {
      world: 'the template is the part before the @',
      ...template('${fn:substringBefore(source.email, "@")}'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'the template adds something to the e-mail',
      ...template('${source.email}.test'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'the template puts the e-mail and the login together',
      ...template('${source.email}${source.login}'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'an expression takes the e-mail of the manager',
      ...template('user.managerEmail'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'an expression changes the case and more',
      ...template('String.toLowerCase(user.email) + ".test"'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    {
      world: 'the template lower-cases something else',
      ...template('${fn:toLowerCase(source.login)}'),
      finds: [{ subject: 'Opti ID SCIM' }],
    },
    { world: 'the template is empty', ...template(''), finds: [{ evidence: { template: '' } }] },
  ],
  silent: [
    {
      world: 'Okta shows no template',
      given: (world) => world.changeScimApp({ username_template: null }),
      outcome: 'skipped',
      reason: /no username template/u,
    },
  ],
});
