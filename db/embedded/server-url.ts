export interface Login {
  readonly user: string;
  readonly password: string;
  readonly port: number;
  readonly database: string;
}

/** Of a private server, over TCP. */
export const serverUrl = ({ user, password, port, database }: Login): string =>
  `mysql://${user}:${password}@127.0.0.1:${String(port)}/${encodeURIComponent(database)}`;
