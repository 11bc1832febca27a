import { optionCases } from '../../support/option-cases.ts';
import { testRule } from '../../support/rule-tester.ts';

testRule('deactivate-users-off', { ...optionCases('deactivate_users', 'PUSH_USER_DEACTIVATION') });
