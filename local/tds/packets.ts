import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The packet types a client sends. */
export const PACKET = {
  sqlBatch: 0x01,
  rpc: 0x03,
  attention: 0x06,
  transactionManager: 0x0e,
  login7: 0x10,
  prelogin: 0x12,
} as const;

const HEADER_BYTES = 8;
const TABULAR_RESULT = 0x04;
const END_OF_MESSAGE = 0x01;
const IGNORE = 0x02;
const RESET_CONNECTION = 0x08;
const RESET_CONNECTION_SKIP_TRANSACTION = 0x10;

/** A message put together from its packets. */
export type TdsMessage = {
  readonly type: number;
  readonly payload: Buffer;
  /** What the client wants reset before the message is executed. */
  readonly reset: 'nothing' | 'session' | 'all-but-transaction';
  /** The client gave the message up before it was sent completely; it must not be executed. */
  readonly ignored: boolean;
};

/** Returns a function to feed with received bytes; it reports each message as soon as its last packet is complete. */
export function messageAssembler(onMessage: (message: TdsMessage) => void): (data: Buffer) => void {
  let received: Buffer = Buffer.alloc(0);
  let parts: Buffer[] = [];
  let status = 0;
  return (data) => {
    received = received.length === 0 ? data : Buffer.concat([received, data]);
    while (received.length >= HEADER_BYTES) {
      const length = received.readUInt16BE(2);
      if (length < HEADER_BYTES)
        throw new RangeError(`A packet of ${length} bytes is shorter than its header.`);
      if (received.length < length) return;
      status |= received.readUInt8(1);
      parts.push(received.subarray(HEADER_BYTES, length));
      const type = received.readUInt8(0);
      received = received.subarray(length);
      if ((status & END_OF_MESSAGE) === 0) continue;
      const message = { type, payload: Buffer.concat(parts), ...meaning(status) };
      parts = [];
      status = 0;
      onMessage(message);
    }
  };
}

function meaning(status: number): Pick<TdsMessage, 'reset' | 'ignored'> {
  const ignored = (status & IGNORE) !== 0;
  if ((status & RESET_CONNECTION) !== 0) return { reset: 'session', ignored };
  if ((status & RESET_CONNECTION_SKIP_TRANSACTION) !== 0) return { reset: 'all-but-transaction', ignored };
  return { reset: 'nothing', ignored };
}

/** How a message is cut into packets. */
export type Framing = { readonly packetBytes: number; readonly sessionId: number };

/** Sends one message made of token-aligned chunks, waiting whenever the client reads more slowly than we write. */
export async function sendMessage(
  socket: Socket,
  chunks: Iterable<Buffer>,
  framing: Framing,
  resetAfterBytes: number | null = null,
): Promise<void> {
  let leftBytes = resetAfterBytes ?? Number.POSITIVE_INFINITY;
  for (const packet of packets(chunks, framing)) {
    if (socket.destroyed) return;
    if (packet.length >= leftBytes) {
      const flushed = new Promise((resolve) => socket.write(packet.subarray(0, leftBytes), resolve));
      await flushed;
      socket.resetAndDestroy();
      return;
    }
    leftBytes -= packet.length;
    if (!socket.write(packet)) await drained(socket);
  }
}

/** The packets of a message, as many in one piece as a chunk fills: a write for each would cost far more. */
function* packets(chunks: Iterable<Buffer>, framing: Framing): Generator<Buffer> {
  const capacity = framing.packetBytes - HEADER_BYTES;
  let id = 1;
  let rest: Buffer = Buffer.alloc(0);
  for (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // A full packet is held back until more follows, because the last one carries the end-of-message flag.
    const full = Math.max(0, Math.ceil(rest.length / capacity) - 1);
    if (full === 0) continue;
    yield framed(rest.subarray(0, full * capacity), 0, id, framing);
    id += full;
    rest = rest.subarray(full * capacity);
  }
  yield framed(rest, END_OF_MESSAGE, id, framing);
}

function framed(payload: Buffer, status: number, firstId: number, framing: Framing): Buffer {
  const capacity = framing.packetBytes - HEADER_BYTES;
  const count = Math.max(1, Math.ceil(payload.length / capacity));
  const data = Buffer.allocUnsafe(payload.length + count * HEADER_BYTES);
  for (let index = 0; index < count; index++) {
    const start = index * framing.packetBytes;
    const content = payload.subarray(index * capacity, (index + 1) * capacity);
    data.writeUInt8(TABULAR_RESULT, start);
    data.writeUInt8(status, start + 1);
    data.writeUInt16BE(HEADER_BYTES + content.length, start + 2);
    data.writeUInt16BE(framing.sessionId & 0xffff, start + 4);
    data.writeUInt8((firstId + index) & 0xff, start + 6);
    data.writeUInt8(0, start + 7);
    data.set(content, start + HEADER_BYTES);
  }
  return data;
}

async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const settled = new AbortController();
  const events = ['drain', 'close'].map((event) => once(socket, event, { signal: settled.signal }));
  for (const event of events) event.catch(() => undefined);
  try {
    await Promise.race(events);
  } catch {
    socket.destroy();
  } finally {
    settled.abort();
  }
}
