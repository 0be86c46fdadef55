// Serves a built UI on loopback with the window's content security policy, so that what breaks there breaks here.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join, normalize } from 'node:path';

// As in tauri.conf.json; a browser has no ipc: scheme, so nothing but the page itself may be connected to.
export const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

/** The file of a path of the page, or undefined. A script that is put into the page has the path `/test/<its name>`. */
function find(folder, scripts, path) {
  if (path.startsWith('/test/')) return scripts.find((one) => basename(one.pathname) === path.slice('/test/'.length));
  const file = join(folder, normalize(path === '/' ? 'index.html' : path));
  return file.startsWith(folder) && existsSync(file) && statSync(file).isFile() ? file : undefined;
}

/** The page with the scripts before its own: files of the same origin, so the policy stays as it is. */
function withScripts(html, scripts) {
  const tags = scripts.map((one) => `<script src="/test/${basename(one.pathname)}"></script>`);
  return html.replace('<head>', () => `<head>${tags.join('')}`);
}

/**
 * Starts it; `url` ends without a slash. `listen` tells every request's address, and gives back how to stop that. As
 * a browser's proxy it also hears of what goes elsewhere, and refuses it.
 */
export async function serve(folder, scripts = []) {
  const listeners = new Set();
  let base;
  const heard = (address) => {
    for (const tell of listeners) tell(address);
  };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', base);
    heard(url.href);
    const file = url.origin === base ? find(folder, scripts, url.pathname) : undefined;
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const type = extname(file.pathname ?? file);
    response.writeHead(200, {
      'content-type': TYPES[type] ?? 'application/octet-stream',
      'content-security-policy': CSP,
    });
    response.end(type === '.html' ? withScripts(readFileSync(file, 'utf8'), scripts) : readFileSync(file));
  });
  server.on('connect', (request, socket) => {
    heard(`https://${request.url}/`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  base = `http://127.0.0.1:${server.address().port}`;
  const listen = (tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  };
  return { url: base, listen, close: () => server.close() };
}
