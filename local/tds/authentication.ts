import type { LoginRequest } from './login.ts';
import { cannotOpenDatabase, loginFailed, type SqlError } from './sql-error.ts';
import {
  bytesChangeToken,
  CHANGE,
  DONE,
  DONE_STATUS,
  doneToken,
  errorToken,
  infoToken,
  loginAckToken,
  textChangeToken,
} from './tokens.ts';
import { COLLATION } from './types.ts';

/** Who may log in. */
export type Login = { readonly name: string; readonly password: string };

/** What a server knows about itself and its logins. */
export type ServerIdentity = {
  readonly serverName: string;
  readonly version: readonly [number, number, number];
  readonly logins: readonly Login[];
  readonly databases: readonly string[];
};

/** A session that has logged in; names are spelled as the server spells them. */
export type SessionIdentity = { readonly login: string; readonly database: string };

/** The outcome of a login with the tokens to send. */
export type Authentication =
  | { readonly kind: 'accepted'; readonly identity: SessionIdentity; readonly tokens: Buffer }
  | { readonly kind: 'refused'; readonly tokens: Buffer };

/** The database of a login that names none; every server has it. */
const DEFAULT_DATABASE = 'master';
const DEFAULT_PACKET_BYTES = 4096;

/** Checks name and password, then the database, as SQL Server does: a stranger does not learn which databases exist. */
export function authenticate(request: LoginRequest, server: ServerIdentity): Authentication {
  const login = server.logins.find(({ name }) => sameName(name, request.login));
  if (login?.password !== request.password) {
    return refused([loginFailed(request.login)], server.serverName);
  }
  const wanted = request.database === '' ? DEFAULT_DATABASE : request.database;
  const database = [...server.databases, DEFAULT_DATABASE].find((name) => sameName(name, wanted));
  if (database === undefined) {
    return refused([cannotOpenDatabase(wanted), loginFailed(request.login)], server.serverName);
  }
  const identity = { login: login.name, database };
  return { kind: 'accepted', identity, tokens: acceptedTokens(database, request.packetBytes, server) };
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

function refused(errors: readonly SqlError[], serverName: string): Authentication {
  const tokens = errors.map((error) => errorToken(error, serverName));
  return { kind: 'refused', tokens: Buffer.concat([...tokens, doneToken(DONE.done, DONE_STATUS.error)]) };
}

function acceptedTokens(database: string, packetBytes: number, server: ServerIdentity): Buffer {
  return Buffer.concat([
    textChangeToken(CHANGE.database, database, DEFAULT_DATABASE),
    infoToken(5701, `Changed database context to '${database}'.`, server.serverName),
    bytesChangeToken(CHANGE.collation, COLLATION, Buffer.alloc(0)),
    textChangeToken(CHANGE.language, 'us_english', ''),
    infoToken(5703, 'Changed language setting to us_english.', server.serverName),
    loginAckToken(server.version),
    textChangeToken(CHANGE.packetSize, String(packetBytes), String(DEFAULT_PACKET_BYTES)),
    doneToken(DONE.done, DONE_STATUS.final),
  ]);
}
