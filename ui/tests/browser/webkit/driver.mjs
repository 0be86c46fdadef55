// WebKitWebDriver and one browser under it: a few calls are client enough.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** Above what any single call takes: the longest test reads 150 alerts in one. */
const SCRIPT_LIMIT = 300_000;

/** A port that was free a moment ago: the driver takes no port 0. */
function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

export class Driver {
  #program;
  #ended = false;
  #session = '';

  /** Starts `binary` with `args` under a driver, both with the environment `env`. */
  static async start(binary, args, env) {
    const driver = new Driver();
    await driver.#open(binary, args, env);
    return driver;
  }

  async #open(binary, args, env) {
    const port = await freePort();
    this.base = `http://127.0.0.1:${port}`;
    // A group of their own, so that no browser outlives its driver.
    this.#program = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore', detached: true });
    process.once('exit', () => this.#end());
    const failed = new Promise((_, fail) => {
      this.#program.once('error', (error) => fail(new Error(`WebKitWebDriver does not start: ${error.message}`)));
      this.#program.once('exit', () => {
        this.#ended = true;
        fail(new Error('WebKitWebDriver ended'));
      });
    });
    failed.catch(() => undefined);
    await Promise.race([this.#listening(), failed]);
    const capabilities = {
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': { binary, args },
      timeouts: { script: SCRIPT_LIMIT, pageLoad: 30_000, implicit: 0 },
      // A dialog that nobody expects fails the call that meets it, and so the test.
      unhandledPromptBehavior: 'dismiss and notify',
    };
    const opened = await this.#call('POST', '/session', { capabilities: { alwaysMatch: capabilities } });
    this.#session = `/session/${opened.sessionId}`;
  }

  async #listening() {
    while (!this.#ended) {
      const answer = await fetch(`${this.base}/status`).catch(() => undefined);
      if (answer?.ok) return;
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.base}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message} (${path})`);
    return value;
  }

  get(path) {
    return this.#call('GET', `${this.#session}/${path}`);
  }

  post(path, body = {}) {
    return this.#call('POST', `${this.#session}/${path}`, body);
  }

  /** Runs the body of an async function in the page; its answer goes through JSON. */
  async run(body) {
    const script = `const done = arguments[arguments.length - 1];
      (async () => { ${body} })().then(
        (value) => done({ json: JSON.stringify(value) ?? null }),
        (error) => done({ error: String(error?.message ?? error) }),
      );`;
    const answer = await this.post('execute/async', { script, args: [] });
    if (answer === null) throw new Error('a dialog opened, and the script did not come to its end');
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.json === null ? undefined : JSON.parse(answer.json);
  }

  /** Does things with the pointer. */
  point(actions) {
    return this.post('actions', {
      actions: [{ type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions }],
    });
  }

  /** Does things on the keyboard, wherever the focus is. */
  strike(actions) {
    return this.post('actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  /** Lets go of all keys and buttons. */
  release() {
    return this.#call('DELETE', `${this.#session}/actions`);
  }

  async close() {
    if (this.#session !== '') await this.#call('DELETE', this.#session).catch(() => undefined);
    this.#end();
  }

  #end() {
    if (this.#ended || this.#program.pid === undefined) return;
    this.#ended = true;
    process.kill(-this.#program.pid, 'SIGKILL');
  }
}
