import { ApiExtension } from '@nestjs/swagger';

import type { ErrorCode } from '../domain/errors.js';

/** Name under which a route lists its refusals until the document is made. */
export const REFUSALS = 'x-refusals';

/** Which refusals a route answers with, beside those of every route. The document shows each with its status and an example. */
export const Refuses = (...codes: readonly ErrorCode[]): MethodDecorator & ClassDecorator =>
  ApiExtension(REFUSALS, codes);
