import { bootApp, type TestApp } from './app.js';
import type { Api } from './api.js';
import { demoDatabase, type TestDatabase } from './database.js';

/** The app on a demo database, both of one `describe`'s own. */
export interface DemoService {
  readonly database: TestDatabase;
  readonly service: TestApp;
  readonly api: Api;
  /** Closes the app and boots another on the same database. */
  restart(): Promise<void>;
}

/** Boots before the tests of the enclosing block and cleans up after them. */
export function useDemoService(settings: Readonly<Record<string, string>> = {}): DemoService {
  let database: TestDatabase | undefined;
  let service: TestApp | undefined;
  beforeAll(async () => {
    database = await demoDatabase();
    service = await bootApp(database.url, settings);
  });
  afterAll(async () => {
    await service?.close();
    await database?.drop();
  });
  return {
    get database() {
      return booted(database);
    },
    get service() {
      return booted(service);
    },
    get api() {
      return booted(service).api;
    },
    async restart() {
      await service?.close();
      service = await bootApp(booted(database).url, settings);
    },
  };
}

function booted<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('only tests and hooks may use the service: it is booted before them');
  return part;
}
