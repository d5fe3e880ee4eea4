import { applyDecorators, type CustomDecorator, SetMetadata } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';

/** What a key may do. */
export const SCOPES = ['inventory:read', 'reservations:read', 'reservations:write', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

export const ACCESS = Symbol('ACCESS');

/** Who may call a route: the holders of one of these scopes, or anyone. A route that declares neither does not start. */
export type Access = readonly [Scope, ...Scope[]] | 'anyone';

/** The route is for keys with this scope, or with one of these, in either header. */
export const RequireScope = (...scopes: [Scope, ...Scope[]]): MethodDecorator =>
  applyDecorators(SetMetadata(ACCESS, scopes satisfies Access), ApiSecurity('ApiKeyAuth'), ApiSecurity('BearerAuth'));

/** The route is for anyone, without a key. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(ACCESS, 'anyone' satisfies Access);
