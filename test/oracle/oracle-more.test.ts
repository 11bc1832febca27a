import { testAgreement } from './agreement.ts';

// The other half, in a file of its own so that two workers share the load; one seed is tried by the first.
if (process.env.ORACLE_SEED) testAgreement(Number(process.env.ORACLE_SEED), 1);
else testAgreement(61, 60);
