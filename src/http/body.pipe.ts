import { type ArgumentMetadata, Injectable, type ValidationError, ValidationPipe } from '@nestjs/common';

import { escaped } from '../contract/json-pointer.js';
import { bodyIsOptional } from '../contract/optional-body.js';
import { DomainError, type Fault } from '../domain/errors.js';
import { type PlainShape, plainShapeOf } from './plain-shape.js';

/** Holds a body against its DTO: shape and JSON types, unknown members refused, nothing converted. Faults are 400. */
@Injectable()
export class BodyPipe extends ValidationPipe {
  private readonly shapes = new Map<object, PlainShape | undefined>();

  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => malformed(errors.flatMap((error) => faultsOf(error))),
    });
  }

  override transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type !== 'body') return Promise.resolve(value);
    if (value === undefined && bodyIsOptional(metadata.metatype)) return super.transform({}, metadata);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return Promise.reject(malformed([{ pointer: '', detail: 'must be a JSON object' }]));
    }
    if (this.shapeOf(metadata.metatype)?.(value as Record<string, unknown>)) return Promise.resolve(value);
    const faults = hiddenFaults(value, LEVELS_MAX);
    if (faults.length > 0) return Promise.reject(malformed(faults));
    return super.transform(value, metadata);
  }

  private shapeOf(dto: object | undefined): PlainShape | undefined {
    if (dto === undefined) return undefined;
    if (!this.shapes.has(dto)) this.shapes.set(dto, plainShapeOf(dto));
    return this.shapes.get(dto);
  }
}

/** No body has more; class-transformer, which follows every one, runs out of stack at about two thousand. */
const LEVELS_MAX = 16;

/** What Nest's pipe (`prototype`) and class-transformer (what every object has) drop before anyone could see that it is unknown. */
const isDropped = (name: string): boolean => name === 'prototype' || name in Object.prototype;

/** What would be dropped unseen, or what class-transformer could not get to the end of. */
function hiddenFaults(value: object, levels: number, pointer = ''): Fault[] {
  if (levels === 0) return [{ pointer, detail: `nests deeper than ${LEVELS_MAX} levels` }];
  return Object.entries(value).flatMap(([name, member]: [string, unknown]) => {
    const at = `${pointer}/${escaped(name)}`;
    if (isDropped(name)) return [{ pointer: at, detail: 'unknown member' }];
    return typeof member === 'object' && member !== null ? hiddenFaults(member, levels - 1, at) : [];
  });
}

function faultsOf({ property, constraints, children }: ValidationError, parent = ''): Fault[] {
  const pointer = `${parent}/${escaped(property)}`;
  const own = Object.entries(constraints ?? {}).map(([constraint, message]) => ({
    pointer,
    detail: constraint === 'whitelistValidation' ? 'unknown member' : message,
  }));
  return [...own, ...(children ?? []).flatMap((child) => faultsOf(child, pointer))];
}

const malformed = (errors: readonly Fault[]): DomainError =>
  new DomainError({
    code: 'malformed_request',
    detail: `The body is not of the documented shape: ${errors.map(({ pointer, detail }) => (pointer ? `${pointer} ${detail}` : `it ${detail}`)).join('; ')}.`,
    facts: { errors },
  });
