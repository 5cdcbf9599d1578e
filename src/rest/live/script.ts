/** What runs in the live view: it hears what happens, and asks for another scenario. All markup comes escaped from waxseal. */
export const LIVE_SCRIPT = String.raw`(() => {
'use strict';
const one = (selector) => document.querySelector(selector);
const all = (selector) => Array.from(document.querySelectorAll(selector));
const root = document.documentElement;
const theme = one('#theme');
const dark = matchMedia('(prefers-color-scheme: dark)');
const shownTheme = () => root.dataset.theme || (dark.matches ? 'dark' : 'light');
const tellTheme = () => { theme.textContent = shownTheme() === 'dark' ? 'Light theme' : 'Dark theme'; };
theme.hidden = false;
tellTheme();
dark.addEventListener('change', tellTheme);
theme.addEventListener('click', () => { root.dataset.theme = shownTheme() === 'dark' ? 'light' : 'dark'; tellTheme(); });

const made = (markup) => { const holder = document.createElement('template'); holder.innerHTML = markup; return holder.content; };
const list = one('#connections');
const put = ({ key, markup }) => {
  const known = document.getElementById(key);
  const wasOpen = known !== null && known.open === true;
  if (known) known.replaceWith(made(markup)); else list.prepend(made(markup));
  const now = document.getElementById(key);
  if (now && wasOpen) now.open = true;
  while (list.children.length > 200) list.lastElementChild.remove();
  one('#none').hidden = list.children.length > 0;
};
const counts = (markup) => { one('#counts').innerHTML = markup; };
const mails = (markup) => { one('#mails').innerHTML = markup; };
const playing = (ids) => {
  for (const button of all('[data-scenario]')) button.setAttribute('aria-pressed', String(ids.includes(button.dataset.scenario)));
  one('#playing').textContent = ids.join(', ');
};
const source = new EventSource('events');
const on = (name, action) => source.addEventListener(name, ({ data }) => action(JSON.parse(data)));
on('now', (now) => {
  list.textContent = '';
  for (const each of now.connections) put(each);
  one('#none').hidden = list.children.length > 0;
  counts(now.counts);
  mails(now.mails);
  playing(now.playing);
});
on('connection', (each) => {
  put(each);
  if (each.counts) counts(each.counts);
  if (each.said) one('#said').textContent = each.said;
});
on('mails', mails);
on('playing', playing);
const state = one('#state');
source.addEventListener('open', () => { state.textContent = 'live'; state.className = 'badge pass'; });
source.addEventListener('error', () => { state.textContent = 'not connected'; state.className = 'badge warn'; });

for (const button of all('[data-scenario]')) button.addEventListener('click', async () => {
  const answer = await fetch('scenario', { method: 'POST', body: button.dataset.scenario });
  if (!answer.ok) one('#said').textContent = await answer.text();
});
const search = one('#search');
if (search) search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const button of all('[data-scenario]')) button.hidden = !words.every((word) => button.dataset.words.includes(word));
  for (const family of all('.family')) family.hidden = !Array.from(family.querySelectorAll('[data-scenario]')).some((button) => !button.hidden);
});
})();
`;
