// Talks with `segrule lsp`: messages out, messages in, nothing of the editor.
'use strict';

const { spawn } = require('child_process');

const SEPARATOR = Buffer.from('\r\n\r\n');

class Client {
  /** Starts the server. `on` has `notification(method, params)`, `request(method, params)`, `end(why)`. */
  constructor(command, args, options, on) {
    this.on = on;
    this.nextId = 1;
    this.waiting = new Map();
    this.buffer = Buffer.alloc(0);
    this.isOver = false;
    this.child = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout.on('data', (bytes) => this.take(bytes));
    this.child.stderr.on('data', (bytes) => on.log(String(bytes)));
    this.child.stdin.on('error', () => {});
    this.child.on('error', (error) => this.end(error.message));
    this.child.on('exit', (code) => this.end(`exit code ${code}`));
  }

  end(why) {
    if (this.isOver) return;
    this.isOver = true;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
    this.on.end(why);
  }

  take(bytes) {
    this.buffer = Buffer.concat([this.buffer, bytes]);
    for (;;) {
      const head = this.buffer.indexOf(SEPARATOR);
      if (head < 0) return;
      const found = /content-length: *(\d+)/i.exec(this.buffer.toString('ascii', 0, head));
      const start = head + SEPARATOR.length;
      const end = start + Number(found ? found[1] : 0);
      if (this.buffer.length < end) return;
      const text = this.buffer.toString('utf8', start, end);
      this.buffer = this.buffer.subarray(end);
      this.message(JSON.parse(text));
    }
  }

  message(message) {
    if (message.method === undefined) {
      const waiting = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      if (!waiting) return;
      if (message.error) waiting.reject(new Error(message.error.message));
      else waiting.resolve(message.result);
    } else if (message.id === undefined) {
      this.on.notification(message.method, message.params);
    } else {
      this.on.request(message.method, message.params);
      this.send({ id: message.id, result: null });
    }
  }

  send(message) {
    if (this.isOver) return;
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  notify(method, params) {
    this.send({ method, params });
  }

  /** The result of a request; `token` is the editor's wish to cancel. */
  request(method, params, token) {
    if (this.isOver) return Promise.reject(new Error('the server is not running'));
    const id = this.nextId++;
    const answer = new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
    this.send({ id, method, params });
    const cancel = token && token.onCancellationRequested(() => this.notify('$/cancelRequest', { id }));
    return answer.finally(() => cancel && cancel.dispose());
  }

  /** Says goodbye and waits for the server to leave. */
  async stop() {
    if (this.isOver) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.on.end = () => {};
    try {
      await this.request('shutdown', null);
      this.notify('exit', null);
    } catch {
      this.child.kill();
    }
    await gone;
  }
}

module.exports = { Client };
