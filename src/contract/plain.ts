/** A DTO's members, without its class. */
export type Plain<T> = { readonly [K in keyof T]: T[K] };
