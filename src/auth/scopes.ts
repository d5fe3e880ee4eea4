import { type CustomDecorator, SetMetadata } from '@nestjs/common';

/** What a key may do. */
export const SCOPES = ['inventory:read', 'reservations:read', 'reservations:write', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

export const ACCESS = Symbol('ACCESS');

/** Who may call a route: the holders of a scope, or anyone. A route that declares neither does not start. */
export type Access = Scope | 'anyone';

/** The route is for keys with this scope. */
export const RequireScope = (scope: Scope): CustomDecorator<symbol> => SetMetadata(ACCESS, scope);

/** The route is for anyone, without a key. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(ACCESS, 'anyone' satisfies Access);
