import { randomFillSync } from 'node:crypto';

import { V7Generator } from 'uuidv7';

/** Drawn at once: by itself the generator asks for 32 bytes, anew for every second id. */
const RANDOM = Buffer.alloc(4_096);
const WORD_BYTES = 4;
let used = RANDOM.length;

const generator = new V7Generator({
  nextUint32() {
    if (used === RANDOM.length) {
      randomFillSync(RANDOM);
      used = 0;
    }
    used += WORD_BYTES;
    return RANDOM.readUInt32LE(used - WORD_BYTES);
  },
});

/** A UUID of version 7: later ones sort after earlier ones, so that an index grows at its end. @see RFC 9562 */
export const timeOrderedId = (): string => generator.generate().toString();
