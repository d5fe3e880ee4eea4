import { getMetadataStorage, IS_INT, IS_STRING } from 'class-validator';

/** Whether a JSON object is beyond doubt what its DTO describes. */
export type PlainShape = (body: Readonly<Record<string, unknown>>) => boolean;

interface Member {
  readonly isAsked: (body: object) => boolean;
  readonly fits: (value: unknown) => boolean;
}

/** What JSON can hold of what class-validator's own checks take. */
const CHECKS: Partial<Record<string, (value: unknown) => boolean>> = {
  [IS_INT]: Number.isInteger,
  [IS_STRING]: (value) => typeof value === 'string',
};

/**
 * A short cut past class-validator, made of the very metadata that it works from: what it accepts, class-validator
 * accepts unchanged. All else, refusals above all, is left to class-validator, and a DTO with any other check to it alone.
 *
 * docs/performance.md has what it saves.
 */
export function plainShapeOf(dto: object): PlainShape | undefined {
  const members = new Map<string, Member>();
  for (const [name, metadata] of metadataOf(dto)) {
    const conditions = metadata.filter(({ type }) => type === 'conditionalValidation');
    const checks = metadata.filter(({ type }) => type !== 'conditionalValidation');
    const fits = checks.map((check) => (check.each ? undefined : CHECKS[check.name ?? '']));
    if (!fits.every((check) => check !== undefined)) return undefined;
    members.set(name, {
      isAsked: (body) => conditions.every(({ constraints }) => (constraints as [Condition])[0](body)),
      fits: (value) => fits.every((check) => check(value)),
    });
  }
  if (members.size === 0) return undefined;
  return (body) => {
    for (const name in body) if (!members.has(name)) return false;
    for (const [name, { isAsked, fits }] of members) if (isAsked(body) && !fits(body[name])) return false;
    return true;
  };
}

type Condition = (body: object) => boolean;
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>;

function metadataOf(dto: object): Map<string, Metadata> {
  const byMember = new Map<string, Metadata>();
  const all = getMetadataStorage().getTargetValidationMetadatas(dto as () => void, '', false, false);
  for (const metadata of all)
    byMember.set(metadata.propertyName, [...(byMember.get(metadata.propertyName) ?? []), metadata]);
  return byMember;
}
