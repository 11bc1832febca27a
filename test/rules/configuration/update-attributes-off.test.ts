import { optionCases } from '../../support/option-cases.ts';
import { testRule } from '../../support/rule-tester.ts';

testRule('update-attributes-off', { ...optionCases('update_attributes', 'PUSH_PROFILE_UPDATES') });
