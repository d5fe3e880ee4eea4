/**
 * Preloaded into every process of the bench: however the bench ends, they end with it. The product itself needs no such
 * thing, so it isn't in there.
 */
process.on('disconnect', () => process.exit(1));
// Listening alone would keep a process that has nothing else to do.
process.channel?.unref();
