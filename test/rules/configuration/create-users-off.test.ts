import { optionCases } from '../../support/option-cases.ts';
import { testRule } from '../../support/rule-tester.ts';

testRule('create-users-off', { ...optionCases('create_users', 'PUSH_NEW_USERS') });
