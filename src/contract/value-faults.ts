import { DomainError, type Fault } from '../domain/errors.js';

/** Gathers what is wrong with the values of a body of the right shape, so that all of it is told at once. */
export class ValueFaults {
  private readonly faults: Fault[] = [];

  /** @param pointer into the body (RFC 6901). @param detail completes the sentence that begins with the member's name */
  add(pointer: string, detail: string): void {
    this.faults.push({ pointer, detail });
  }

  /** A whole number within bounds, both included. Absent is fine, and `null` where the shape allows it. */
  whole(value: number | null | undefined, pointer: string, min: number, max: number): void {
    if (value === undefined || value === null || (Number.isSafeInteger(value) && value >= min && value <= max)) return;
    this.add(pointer, `must be a whole number from ${min} to ${max}`);
  }

  /** A text for people to read, on one line. Absent is fine. */
  text(value: string | undefined, pointer: string, charactersMax: number): void {
    if (value === undefined) return;
    if (value.trim() === '') this.add(pointer, 'must not be blank');
    else if (Array.from(value).length > charactersMax)
      this.add(pointer, `may have at most ${charactersMax} characters`);
    // Half of a character is kept as another one by MySQL; the others hide what a text says.
    else if (/[\p{Surrogate}\p{Control}\p{Bidi_Control}]/u.test(value)) {
      this.add(pointer, 'must be a text of one line, without control characters');
    }
  }

  /** @throws DomainError `invalid_value` with all that was gathered */
  refuse(): void {
    if (this.faults.length === 0) return;
    const detail = this.faults.map((fault) => `${fault.pointer?.slice(1)} ${fault.detail}`).join('; ');
    throw new DomainError({ code: 'invalid_value', detail: `${detail}.`, facts: { errors: this.faults } });
  }
}
