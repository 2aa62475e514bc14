import type { Socket } from 'node:net';
import { authenticate, type ServerIdentity, type SessionIdentity } from './authentication.ts';
import { execute } from './execution.ts';
import { decodeLogin, preloginAnswer } from './login.ts';
import { messageAssembler, PACKET, sendMessage, type TdsMessage } from './packets.ts';
import { preparedStatements } from './prepared-statements.ts';
import type { SqlHandler, TdsFaults } from './sql-handler.ts';
import { bytesChangeToken, CHANGE, DONE, DONE_STATUS, doneToken } from './tokens.ts';
import { sessionTransaction } from './transaction.ts';

/** What all sessions of a server share. */
export type SessionServer = {
  readonly identity: ServerIdentity;
  readonly handle: SqlHandler;
  readonly faults: TdsFaults;
};

type Phase =
  | { readonly kind: 'prelogin' }
  | { readonly kind: 'login' }
  | { readonly kind: 'ready'; readonly identity: SessionIdentity };

const FIRST_PACKET_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

/**
 * One client's connection, from PRELOGIN to its end.
 *
 * Messages are answered one after the other, in their order. An attention takes its place in that order too, which
 * gives the two answers a client waits for: the end of the cancelled request, then the acknowledgement. Before that,
 * on arrival, it aborts everything not yet answered.
 */
export class TdsSession {
  readonly #socket: Socket;
  readonly #server: SessionServer;
  readonly #sessionId: number;
  readonly #statements = preparedStatements();
  readonly #transaction = sessionTransaction();
  readonly #unanswered = new Set<AbortController>();
  #packetBytes = FIRST_PACKET_BYTES;
  #phase: Phase = { kind: 'prelogin' };
  #answered: Promise<void> = Promise.resolve();

  constructor(socket: Socket, server: SessionServer, sessionId: number) {
    this.#socket = socket;
    this.#server = server;
    this.#sessionId = sessionId;
  }

  /** Begins to listen to the client. */
  start(): void {
    const assemble = messageAssembler((message) => {
      this.#receive(message);
    });
    this.#socket.on('data', (data: Buffer) => {
      try {
        assemble(data);
      } catch {
        this.#socket.destroy();
      }
    });
    this.#socket.on('close', () => {
      this.#abort('The client has disconnected.');
    });
  }

  #receive(message: TdsMessage): void {
    if (message.type === PACKET.attention) {
      if (this.#server.faults.isDeaf?.() !== true) this.#abort('The client has cancelled the request.');
      this.#enqueue(() => this.#send([doneToken(DONE.done, DONE_STATUS.attention)]));
      return;
    }
    const controller = new AbortController();
    this.#unanswered.add(controller);
    this.#enqueue(async () => {
      await this.#process(message, controller.signal);
      this.#unanswered.delete(controller);
    });
  }

  #abort(reason: string): void {
    for (const controller of this.#unanswered) controller.abort(new Error(reason));
  }

  #enqueue(task: () => Promise<void>): void {
    this.#answered = this.#answered.then(task).catch(() => {
      // A message that cannot even be refused leaves the two sides out of step: only a new connection helps.
      this.#socket.destroy();
    });
  }

  async #process(message: TdsMessage, signal: AbortSignal): Promise<void> {
    if (this.#socket.destroyed) return;
    if (message.ignored) {
      await this.#send([doneToken(DONE.done, DONE_STATUS.error)]);
    } else if (this.#phase.kind === 'prelogin' && message.type === PACKET.prelogin) {
      await this.#send([preloginAnswer(this.#server.identity.version)]);
      this.#phase = { kind: 'login' };
    } else if (this.#phase.kind === 'login' && message.type === PACKET.login7) {
      await this.#logIn(message);
    } else if (this.#phase.kind === 'ready') {
      await this.#execute(message, this.#phase.identity, signal);
    } else {
      this.#socket.destroy();
    }
  }

  async #logIn(message: TdsMessage): Promise<void> {
    const request = decodeLogin(message.payload);
    const { identity, faults } = this.#server;
    const isLocked = faults.login?.() === 'refuse';
    const outcome = authenticate(request, isLocked ? { ...identity, logins: [] } : identity);
    await this.#send([outcome.tokens]);
    if (outcome.kind === 'refused') {
      this.#socket.end();
      return;
    }
    this.#packetBytes = request.packetBytes;
    this.#phase = { kind: 'ready', identity: outcome.identity };
  }

  async #execute(message: TdsMessage, identity: SessionIdentity, signal: AbortSignal): Promise<void> {
    const resetTokens = this.#reset(message.reset);
    const { chunks, fault, fatal } = await execute(
      message,
      {
        identity,
        serverName: this.#server.identity.serverName,
        statements: this.#statements,
        transaction: this.#transaction,
        handle: this.#server.handle,
        faults: this.#server.faults,
      },
      signal,
    );
    if (fault === 'reset') {
      this.#socket.resetAndDestroy();
      return;
    }
    await this.#send(joined(resetTokens, chunks), fault === 'send' ? null : fault.resetAfterBytes);
    if (fatal) this.#socket.end();
  }

  #reset(reset: TdsMessage['reset']): readonly Buffer[] {
    if (reset === 'nothing') return [];
    this.#statements.clear();
    const ended = reset === 'session' ? this.#transaction.abandon() : [];
    return [...ended, bytesChangeToken(CHANGE.resetAcknowledged, NOTHING, NOTHING)];
  }

  async #send(chunks: Iterable<Buffer>, resetAfterBytes: number | null = null): Promise<void> {
    const framing = { packetBytes: this.#packetBytes, sessionId: this.#sessionId };
    await sendMessage(this.#socket, chunks, framing, resetAfterBytes);
  }
}

function* joined(first: readonly Buffer[], then: Iterable<Buffer>): Generator<Buffer> {
  yield* first;
  yield* then;
}
