/** What runs in the page: filters, theme, charts that are unpacked when they are opened. It fetches nothing, and makes no markup of data. */
export const SCRIPT = String.raw`(() => {
'use strict';
const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));
const one = (selector, root) => (root || document).querySelector(selector);
const root = document.documentElement;

/* Theme: the system's, until somebody chooses. */
const theme = one('#theme');
const dark = matchMedia('(prefers-color-scheme: dark)');
const shownTheme = () => root.dataset.theme || (dark.matches ? 'dark' : 'light');
const tellTheme = () => { theme.textContent = shownTheme() === 'dark' ? 'Light theme' : 'Dark theme'; };
try { const kept = localStorage.getItem('waxseal-theme'); if (kept === 'dark' || kept === 'light') root.dataset.theme = kept; } catch { /* A file has no storage in some browsers. */ }
theme.hidden = false;
tellTheme();
dark.addEventListener('change', tellTheme);
theme.addEventListener('click', () => {
  root.dataset.theme = shownTheme() === 'dark' ? 'light' : 'dark';
  try { localStorage.setItem('waxseal-theme', root.dataset.theme); } catch { /* As above. */ }
  tellTheme();
});

/* Charts of good results are packed together, and unpacked when the first one is opened. */
const packed = one('#charts');
let charts;
const unpack = () => charts = charts || (async () => {
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
})();
const fill = async (place) => {
  const index = Number(place.dataset.chart);
  delete place.dataset.chart;
  try {
    /* Written by waxseal, with everything that peers said escaped. */
    place.innerHTML = (await unpack())[index];
  } catch {
    place.textContent = 'This browser cannot unpack the diagram; a newer one can, and so can --report svg:FILE.';
  }
};
document.addEventListener('toggle', ({ target }) => {
  if (target.open && target.matches('.result')) for (const place of all('[data-chart]', target)) void fill(place);
}, true);

/* Filters. */
const tools = one('.tools');
if (tools) {
  tools.hidden = false;
  const results = all('.result');
  const search = one('#search');
  const protocol = one('#protocol');
  const severity = one('#severity');
  const buttons = all('[data-status-filter]');
  const texts = new Map(results.map((each) => [each, ((each.dataset.text || '') + ' ' + one('summary', each).textContent).toLowerCase()]));
  const ranks = ['critical', 'high', 'medium', 'low', 'info'];
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = new Set(buttons.filter((each) => each.getAttribute('aria-pressed') === 'true').map((each) => each.dataset.statusFilter));
    const least = ranks.indexOf(severity.value);
    let shown = 0;
    for (const each of results) {
      const { status, protocol: spoken, severity: weight } = each.dataset;
      const rank = ranks.indexOf(weight);
      const fits = (statuses.size === 0 || statuses.has(status))
        && (protocol.value === '' || protocol.value === spoken)
        && (severity.value === '' || (rank >= 0 && rank <= least))
        && words.every((word) => texts.get(each).includes(word));
      each.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const group of all('.group')) {
      const here = all('.result', group);
      group.hidden = here.length > 0 && here.every((each) => each.hidden);
      if (group.tagName === 'DETAILS' && shown < results.length) group.open = !group.hidden;
    }
    one('#shown').textContent = shown === results.length ? results.length + ' results' : shown + ' of ' + results.length + ' results';
    one('#nothing').hidden = shown > 0;
  };
  let soon;
  search.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(apply, 80); });
  for (const each of [protocol, severity]) each.addEventListener('change', apply);
  for (const each of buttons) each.addEventListener('click', () => {
    each.setAttribute('aria-pressed', String(each.getAttribute('aria-pressed') !== 'true'));
    apply();
  });
  one('#clear').addEventListener('click', () => {
    search.value = '';
    protocol.value = '';
    severity.value = '';
    for (const each of buttons) each.setAttribute('aria-pressed', 'false');
    apply();
    search.focus();
  });
  one('#open').addEventListener('click', () => {
    const shown = results.filter((each) => !each.hidden);
    const opens = shown.some((each) => !each.open);
    for (const each of shown) {
      each.open = opens;
      const fold = each.closest('.fold');
      if (fold) fold.open = opens;
    }
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && document.activeElement === search) {
      search.value = '';
      apply();
    }
  });
  apply();
}

/* A link to a result opens it. */
const openTarget = () => {
  let id = '';
  try { id = decodeURIComponent(location.hash.slice(1)); } catch { return; }
  const target = id === '' ? null : document.getElementById(id);
  if (target && target.tagName === 'DETAILS') {
    const fold = target.closest('.fold');
    if (fold) fold.open = true;
    target.open = true;
    target.scrollIntoView();
  }
};
addEventListener('hashchange', openTarget);
openTarget();
})();
`;
