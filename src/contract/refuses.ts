import { ApiExtension } from '@nestjs/swagger';

import type { ErrorCode } from '../domain/errors.js';

/** Under these names a route lists its refusals until the document is made. */
export const REFUSALS = 'x-refusals';
export const COMMITS = 'x-commits';

/** Which refusals a route answers with, beside those of every route. The document shows each with its status and an example. */
export const Refuses = (...codes: readonly ErrorCode[]): MethodDecorator & ClassDecorator =>
  ApiExtension(REFUSALS, codes);

/** The route takes a body and commits a change: it shares the refusals of all that do. */
export const Commits = (): MethodDecorator & ClassDecorator => ApiExtension(COMMITS, true);
