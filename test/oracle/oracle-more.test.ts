import { testAgreement } from './agreement.ts';

// The other half, in a file of its own so that two workers share the load.
testAgreement(1001);
