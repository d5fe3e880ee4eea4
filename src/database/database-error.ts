/** What is wrong with the database or its server, in words for whoever runs it. */
export class DatabaseError extends Error {
  override readonly name: string = 'DatabaseError';
}
