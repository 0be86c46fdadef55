// The pictures of a run as one page: every screen in a row, its variants side by side.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Writes `index.html` beside the pictures, which are called `screen--variant.png`. */
export function writeReport(folder) {
  const screens = new Map();
  for (const file of readdirSync(folder)
    .filter((one) => one.endsWith('.png'))
    .sort()) {
    const [screen, variant = ''] = file.slice(0, -4).split('--');
    screens.set(screen, [...(screens.get(screen) ?? []), { file, variant }]);
  }
  const rows = [...screens].map(([screen, shots]) => {
    const figures = shots.map(
      ({ file, variant }) =>
        `<figure><a href="${escape(file)}"><img loading="lazy" src="${escape(file)}" alt="${escape(`${screen} ${variant}`)}"></a><figcaption>${escape(variant)}</figcaption></figure>`,
    );
    return `<section><h2 id="${escape(screen)}">${escape(screen)}</h2><div>${figures.join('')}</div></section>`;
  });
  const links = [...screens.keys()].map((screen) => `<a href="#${escape(screen)}">${escape(screen)}</a>`);
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title><style>
body{font:14px/1.5 system-ui,sans-serif;margin:2rem;background:#f4f5f8;color:#161a21}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}
h2{margin:2rem 0 .5rem}div{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0;width:26rem}img{width:100%;border:1px solid #c8cdd6;border-radius:6px}
figcaption{color:#5f6776}</style><h1>Every screen of this run</h1><nav>${links.join('')}</nav>${rows.join('')}</html>\n`,
  );
  return screens.size;
}
