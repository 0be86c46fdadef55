// Runs in the page before the app: what must never happen is kept here until the test asks at its end.
(() => {
  // What an earlier page remembered is not this one's.
  localStorage.clear();
  sessionStorage.clear();
  // As the window does (freezePrototype).
  Object.freeze(Object.prototype);
  const problems = [];
  const address = (node) => node.src || node.href || node.tagName;
  addEventListener(
    'error',
    (event) =>
      problems.push(event.target === window ? `error: ${event.message}` : `not loaded: ${address(event.target)}`),
    true,
  );
  addEventListener('unhandledrejection', (event) => problems.push(`error: ${event.reason}`));
  document.addEventListener('securitypolicyviolation', (event) =>
    problems.push(`CSP violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
  );
  for (const level of ['error', 'warn']) {
    const say = console[level].bind(console);
    console[level] = (...words) => {
      problems.push(`console: ${words.map(String).join(' ')}`);
      say(...words);
    };
  }
  Object.defineProperty(window, 'watch', { value: { problems } });
})();
