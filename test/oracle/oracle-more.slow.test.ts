import { ALL, testAgreement } from './agreement.ts';

// Other seeds, in a file of their own so that two workers share the load.
testAgreement(1001, ALL);
