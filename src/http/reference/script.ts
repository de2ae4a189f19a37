// What moves on the reference: the search box, the copy buttons and the choice of light or dark. Without it the page reads the same.

/** Stands in the head, so that the page is never painted in the theme that was not chosen. */
export const SCRIPT = `
const root = document.documentElement;
const THEME = 'signalbox-theme';
// A browser may forbid to remember anything; then the choice lasts as long as the page.
const remembered = () => { try { return localStorage.getItem(THEME); } catch { return null; } };
const remember = (theme) => { try { localStorage.setItem(THEME, theme); } catch {} };
const chosen = remembered();
if (chosen === 'light' || chosen === 'dark') root.dataset.theme = chosen;

addEventListener('DOMContentLoaded', () => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const search = document.querySelector('input[type=search]');
  const list = document.querySelector('nav .list');
  const narrow = matchMedia('(max-width:820px)');
  const nothing = document.querySelector('.nothing');
  const hits = all('[data-hit]').map((element) => ({
    element,
    title: all('h3,.summary', element).map((part) => part.textContent).join(' ').toLowerCase(),
    text: (element.closest('section').querySelector('h2').textContent + ' ' + element.textContent).toLowerCase(),
  }));
  const fold = () => { list.open = !narrow.matches; };
  fold();
  narrow.addEventListener('change', fold);
  for (const origin of all('[data-origin]')) origin.textContent = location.origin;

  const wanted = () => search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const holds = (text, words) => words.every((word) => text.includes(word));
  const show = () => {
    const words = wanted();
    const searching = words.length > 0;
    for (const { element, text } of hits) element.hidden = !holds(text, words);
    for (const section of all('main section')) section.hidden = searching && !section.querySelector('[data-hit]:not([hidden])');
    for (const item of all('nav li')) {
      item.hidden = document.getElementById(item.querySelector('a').hash.slice(1)).hidden;
    }
    for (const group of all('nav [data-group]')) group.hidden = !group.querySelector('li:not([hidden])');
    // A field that is named exactly is shown where it stands, however deep.
    for (const details of all('article details')) {
      details.open = all('code', details).some((code) => words.includes(code.textContent.toLowerCase()));
    }
    document.querySelector('[data-intro]').hidden = searching;
    nothing.hidden = hits.some(({ element }) => !element.hidden);
    nothing.querySelector('b').textContent = search.value.trim();
  };
  const clear = () => {
    search.value = '';
    show();
  };
  search.addEventListener('input', show);
  // A link to what the search hides leads to it all the same.
  addEventListener('hashchange', () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.closest('[hidden]')) {
      clear();
      target.scrollIntoView();
    }
  });
  addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    }
    if (document.activeElement !== search) return;
    if (event.key === 'Escape') clear();
    if (event.key === 'Enter' && search.value.trim() !== '') {
      const found = hits.filter(({ element }) => !element.hidden);
      // An endpoint that bears the name comes before one that mentions it.
      const first = found.find(({ title }) => holds(title, wanted())) ?? found[0];
      if (!first) return;
      search.blur();
      location.hash = first.element.id;
      first.element.scrollIntoView();
    }
  });
  addEventListener('click', async (event) => {
    if (event.target.closest('nav li a') && narrow.matches) list.open = false;
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.action === 'theme') {
      const now = root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
      root.dataset.theme = now === 'dark' ? 'light' : 'dark';
      remember(root.dataset.theme);
      return;
    }
    await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1200);
  });
});
`;
