const FORMS = ['long', 'short'] as const;

/** `npm run test:faults` is the long form; `npm test` has the short one. */
export type Form = (typeof FORMS)[number];

/** FAULTS=short or long, the default. */
export const FORM: Form = formOf(process.env['FAULTS'] ?? 'long');

/** How often a fault is made in this form. */
export const times = (counts: Readonly<Record<Form, number>>): number => counts[FORM];

function formOf(text: string): Form {
  const form = FORMS.find((known) => known === text);
  if (form === undefined) throw new Error(`FAULTS=${text} is neither of ${FORMS.join(', ')}`);
  return form;
}
