import fc from 'fast-check';

/** For mutation testing: any seed will do, as long as it stays; and a mutant that is seen needs no smallest example. */
fc.configureGlobal({ seed: 20_260_301, numRuns: 20, endOnFailure: true });
