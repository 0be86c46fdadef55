// Runs in the page. `inspect` notes whatever must not be there while text from outside is shown.
const HIDDEN =
  /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u;
const FOREIGN =
  'iframe, object, embed, form:not([id]), base, meta[http-equiv=refresh], video, audio, source, marquee, math, img, template, noscript, xss, a[href]';
const find = (id) => document.querySelector(`[data-testid='${id}']`);
const scripts = document.scripts.length;
const styles = document.querySelectorAll('style, link[rel=stylesheet]').length;
window.findings = new Set();
window.chips = new Set();
document.addEventListener('securitypolicyviolation', (event) =>
  window.findings.add(`policy: ${event.violatedDirective} ${event.blockedURI}`),
);
/** Looks at the whole window, or at the part of it that can have changed. */
window.inspect = (where, part = document.documentElement) => {
  const say = (what) => window.findings.add(`${where}: ${what}`);
  if (window.owned !== undefined) say('a script ran');
  if (document.title !== 'Tocsin') say(`the title is ${document.title}`);
  if (document.scripts.length !== scripts) say('there is another script');
  if (document.querySelectorAll('style, link[rel=stylesheet]').length !== styles) say('there is another style sheet');
  for (const node of part.querySelectorAll(FOREIGN)) say(`there is a ${node.tagName}`);
  for (const node of part.querySelectorAll('*')) {
    for (const { name, value } of node.attributes) {
      if (name.startsWith('on')) say(`${node.tagName} has ${name}`);
      // What data attributes hold is for the program alone.
      if (!name.startsWith('data-') && HIDDEN.test(value))
        say(`${node.tagName} hides a character in ${name}: ${JSON.stringify(value).slice(0, 60)}`);
    }
  }
  for (const chip of part.querySelectorAll('bdi .mark')) window.chips.add(chip.textContent);
  const seen = HIDDEN.exec(part.innerText.replaceAll(/[\n\t]/g, ''));
  if (seen !== null) say(`the text hides U+${seen[0].codePointAt(0).toString(16)}`);
  if (document.documentElement.scrollWidth > innerWidth) say('the window became wider');
  for (const { name } of performance.getEntriesByType('resource'))
    if (!/^(tauri|ipc):\/\/localhost\//.test(name)) say(`a request to ${name}`);
};
const until = async (test) => {
  const end = performance.now() + 10_000;
  while (!test()) {
    if (performance.now() > end) return false;
    // Not for the next frame: painting each step takes longer than all else.
    await new Promise((next) => setTimeout(next));
  }
  return true;
};
/** Reads the alert in this row in every part of the panel, and whom it concerns. */
window.readRow = async (at) => {
  const table = find('alert-table');
  const row = () => table.querySelector(`[data-testid=alert-row][data-index="${at}"]`);
  table.scrollTop = Math.max(0, at - 2) * 47;
  if (!(await until(row))) return window.findings.add(`row ${at}: not there`);
  window.inspect(`table at ${at}`);
  const id = row().dataset.alertId;
  row().click();
  if (!(await until(() => find('peek-content') && find('peek')?.dataset.alertId === id)))
    return window.findings.add(`row ${at}: not shown`);
  for (const tab of ['overview', 'activity', 'similar', 'payload']) {
    find(`peek-tab-${tab}`).click();
    await until(() => find(`peek-tab-${tab}`).ariaSelected === 'true');
    window.inspect(`row ${at}, ${tab}`, find('side'));
  }
  find('peek-tab-overview').click();
  await until(() => find('peek-tab-overview').ariaSelected === 'true');
  if (find('entity-link') !== null) {
    find('entity-link').click();
    // One that is too long to be looked up is said to be, in place of what is known of it.
    if (!(await until(() => find('entity-content') ?? find('entity-error'))))
      window.findings.add(`row ${at}, alert ${id}: the entity is not shown`);
    window.inspect(`row ${at}, entity`, find('side'));
    window.entities = (window.entities ?? 0) + 1;
  }
  return id;
};
return 0;
