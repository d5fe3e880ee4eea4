const OPTIONAL_BODY = Symbol('OPTIONAL_BODY');

/** A request without a body means the same as one with `{}`. */
export const OptionalBody = (): ClassDecorator => (dto) => {
  Reflect.defineMetadata(OPTIONAL_BODY, true, dto);
};

export const bodyIsOptional = (dto: object | undefined): boolean =>
  dto !== undefined && Reflect.hasOwnMetadata(OPTIONAL_BODY, dto);
