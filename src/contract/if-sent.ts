import { ValidateIf } from 'class-validator';

/** Validates a member only when it was sent. Unlike class-validator's own, `null` is no way to leave it out. */
export const IfSent = (member: string): PropertyDecorator =>
  ValidateIf((body: Readonly<Record<string, unknown>>) => body[member] !== undefined);
