import { ValidateIf } from 'class-validator';

/** Validates a member only when it was sent. Unlike class-validator's own, `null` is no way to leave it out. */
export const IfSent = (member: string): PropertyDecorator =>
  ValidateIf((body: Readonly<Record<string, unknown>>) => body[member] !== undefined);

/** The same of a member whose `null` means something: that there is none. */
export const IfSomeSent = (member: string): PropertyDecorator =>
  ValidateIf((body: Readonly<Record<string, unknown>>) => body[member] !== undefined && body[member] !== null);
