import { THE_OTHERS, testAgreement } from './agreement.ts';

// Those that `oracle.test.ts` leaves.
testAgreement(1, THE_OTHERS);
